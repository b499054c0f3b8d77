//! Signatures in the format of minisign, which other programs verify as well.

use std::io::Cursor;

use minisign::{KeyPair, PublicKeyBox, SecretKeyBox, SignatureBox};

use crate::base::text::hex;

/// What is wrong with a key, a signature or an answer; one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SealError(pub String);

/// A new pair of keys, each as the text of its file.
#[derive(Clone)]
pub struct KeyPairTexts {
    /// To be given to everybody.
    pub public: String,
    /// To be kept.
    pub secret: String,
}

/// A signature that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureFacts {
    /// Identifier of the key, 16 hex digits.
    pub key_id: String,
    /// The comment that is signed as well.
    pub comment: String,
}

/// Makes a pair of keys. Without a password the secret key is stored in the open.
///
/// # Errors
///
/// [`SealError`] when the system gives no random numbers.
pub fn new_key_pair(password: Option<String>) -> Result<KeyPairTexts, SealError> {
    let failed = |e: minisign::PError| SealError(format!("a key cannot be made: {e}"));
    let comment = "secret key of Pentimento, for reports";
    let Some(password) = password else {
        let pair = KeyPair::generate_unencrypted_keypair().map_err(failed)?;
        let secret = pair.sk.to_box(Some(comment)).map_err(failed)?;
        let public = pair.pk.to_box().map_err(failed)?;
        return Ok(KeyPairTexts { public: public.into_string(), secret: secret.into_string() });
    };
    let (mut secret, mut public) = (Vec::new(), Vec::new());
    KeyPair::generate_and_write_encrypted_keypair(
        &mut public,
        &mut secret,
        Some(comment),
        Some(password),
    )
    .map_err(failed)?;
    Ok(KeyPairTexts { public: text(public)?, secret: text(secret)? })
}

fn text(bytes: Vec<u8>) -> Result<String, SealError> {
    String::from_utf8(bytes).map_err(|_not_text| SealError("a key is no text".to_owned()))
}

/// Signs bytes. The text of the signature holds `comment`, which is signed as well and stays one line.
/// `password` is `None` for a key without one.
///
/// # Errors
///
/// [`SealError`] when the key cannot be read, the password is wrong or missing.
pub fn sign(
    secret: &str,
    password: Option<String>,
    bytes: &[u8],
    comment: &str,
) -> Result<String, SealError> {
    let unreadable = |e: minisign::PError| SealError(format!("the secret key cannot be used: {e}"));
    let secret = SecretKeyBox::from_string(secret.trim()).map_err(unreadable)?;
    let key = match password {
        Some(password) => secret.into_secret_key(Some(password)),
        None => secret.into_unencrypted_secret_key(),
    };
    let key = key.map_err(|e| {
        SealError(format!(
            "the secret key cannot be used: it is none, or its password is wrong or missing ({e})"
        ))
    })?;
    let comment = comment.replace(['\n', '\r'], " ");
    let untrusted = "signature of a report, checked by: minisign -V";
    let signature = minisign::sign(None, &key, Cursor::new(bytes), Some(&comment), Some(untrusted))
        .map_err(unreadable)?;
    Ok(signature.into_string())
}

/// Checks a signature of bytes against a public key.
///
/// # Errors
///
/// [`SealError`] when a file cannot be read as what it should be, the key is another one, or the bytes or
/// the comment were changed.
pub fn check_signature(
    public: &str,
    signature: &str,
    bytes: &[u8],
) -> Result<SignatureFacts, SealError> {
    let no_key = |e: minisign::PError| SealError(format!("this is no public key: {e}"));
    let key = PublicKeyBox::from_string(public.trim()).map_err(no_key)?;
    let key = key.into_public_key().map_err(no_key)?;
    let no_signature = |e: minisign::PError| SealError(format!("this is no signature: {e}"));
    let signature = SignatureBox::from_string(signature).map_err(no_signature)?;
    // Old signatures sign no comment; none is written by this program.
    minisign::verify(&key, &signature, Cursor::new(bytes), true, false, false)
        .map_err(|e| SealError(format!("the signature is not right: {e}")))?;
    let comment = signature.trusted_comment().map_err(no_signature)?;
    // Of eight bytes, the last first.
    let number: Vec<u8> = key.keynum().iter().rev().copied().collect();
    let key_id = hex(&number).to_uppercase();
    Ok(SignatureFacts { key_id, comment })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_bytes_its_comment_and_its_key_only() {
        let keys = new_key_pair(None).unwrap();
        let signature = sign(&keys.secret, None, b"sums", "case 7\nhead ab").unwrap();
        let facts = check_signature(&keys.public, &signature, b"sums").unwrap();
        assert_eq!((facts.comment.as_str(), facts.key_id.len()), ("case 7 head ab", 16));
        let wrong = |public: &str, signature: &str, bytes: &[u8]| {
            check_signature(public, signature, bytes).unwrap_err().0
        };
        assert!(wrong(&keys.public, &signature, b"other").contains("not right"));
        let edited = signature.replace("case 7", "case 8");
        assert!(wrong(&keys.public, &edited, b"sums").contains("not right"));
        let other = new_key_pair(None).unwrap();
        assert!(wrong(&other.public, &signature, b"sums").contains("different from public key"));
        assert!(wrong("x", &signature, b"sums").contains("no public key"));
        assert!(wrong(&keys.public, "x", b"sums").contains("no signature"));
        assert!(sign("x", None, b"", "").unwrap_err().0.contains("cannot be used"));
    }
}

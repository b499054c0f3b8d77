//! The status codes of C2PA in words.

/// What a code of a failure means, as a clause.
pub fn code_meaning(code: &str) -> &'static str {
    match code {
        "claimSignature.mismatch" => {
            "the signature does not fit, so that nothing in the credential is believed"
        }
        "claimSignature.missing" => "the signature is missing",
        "signingCredential.untrusted" => "the signer is on no list that was loaded",
        "signingCredential.invalid" => "the certificate is not of a kind that the standard allows",
        "signingCredential.expired" | "claimSignature.outsideValidity" => {
            "the certificate was not valid at the time of the signature"
        }
        "signingCredential.ocsp.revoked" => "whoever gave the certificate has revoked it",
        "assertion.hashedURI.mismatch" | "assertion.missing" => {
            "a statement was changed or taken out"
        }
        "ingredient.hashedURI.mismatch" | "ingredient.manifest.mismatch" => {
            "its credential is not the one that was added"
        }
        "ingredient.manifest.missing" | "claim.missing" => "its credential is missing",
        _ if code.ends_with("Hash.mismatch") => "the hash does not fit the bytes",
        _ if code.starts_with("cawg.") => {
            "an identity is not checkable offline, which never changes the word"
        }
        _ if code.starts_with("timeStamp.") => "the time stamp is not vouched for",
        _ => "see the C2PA specification",
    }
}

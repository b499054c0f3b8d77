//! Time stamps of RFC 3161: the request, and what an answer says.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::SealError;
use super::der::{
    BOOLEAN, CONTEXT_0, Elements, INTEGER, OCTETS, OID, SEQUENCE, SET, TIME, element,
};
use crate::base::text::hex;

/// Object identifiers in DER.
const SHA_256: [u8; 9] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const TST_INFO: [u8; 11] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];
/// The last status that stands for a time stamp: 0 granted, 1 granted with changes.
const LAST_GRANTED: u8 = 1;

/// What an answer says about the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampFacts {
    /// The time that the authority states, UTC.
    pub time: Timestamp,
    /// Its number, hex.
    pub serial: String,
}

/// Seconds by which clocks may differ.
const CLOCKS_S: i64 = 600;

impl TimeStampFacts {
    /// Whether the time lies clearly before another one, in RFC 3339; `false` for what is no time.
    pub fn is_before(&self, other: &str) -> bool {
        let other = other.parse::<Timestamp>();
        other.is_ok_and(|other| self.time.as_second().saturating_add(CLOCKS_S) < other.as_second())
    }
}

/// A request for a time stamp of these bytes, in DER. It holds their SHA-256, nothing else of them;
/// the answer is to contain the certificate of the authority.
///
/// There is no nonce: the bytes of a report are new each time, and the same report gives the same
/// request.
pub fn time_stamp_request(bytes: &[u8]) -> Vec<u8> {
    let parts =
        [element(INTEGER, &[1]), imprint(&Sha256::digest(bytes)), element(BOOLEAN, &[0xff])];
    element(SEQUENCE, &parts.concat())
}

fn imprint(digest: &[u8]) -> Vec<u8> {
    // The parameters of the algorithm are NULL.
    let algorithm = element(SEQUENCE, &[element(OID, &SHA_256), vec![5, 0]].concat());
    element(SEQUENCE, &[algorithm, element(OCTETS, digest)].concat())
}

/// Reads an answer and checks that it is about these bytes. Whether its signature is right is not
/// checked here: `openssl ts -verify` does, with the certificate of the authority.
///
/// # Errors
///
/// [`SealError`] when it is no answer, a refusal, or about other bytes.
pub fn read_answer(answer: &[u8], bytes: &[u8]) -> Result<TimeStampFacts, SealError> {
    let wrong = |what: &str| SealError(what.to_owned());
    let unreadable = || wrong("this is no answer of a time-stamp authority");
    let mut answer = Elements(Elements(answer).expect(SEQUENCE).ok_or_else(unreadable)?);
    let mut status = Elements(answer.expect(SEQUENCE).ok_or_else(unreadable)?);
    match status.expect(INTEGER).ok_or_else(unreadable)? {
        [status] if *status <= LAST_GRANTED => {}
        _ => return Err(wrong("the time-stamp authority refused the request")),
    }
    let info = token_info(answer).ok_or_else(unreadable)?;
    let mut info = Elements(info);
    let mut head = || {
        info.expect(INTEGER)?;
        info.expect(OID)?;
        let mut imprint = Elements(info.expect(SEQUENCE)?);
        let algorithm = Elements(imprint.expect(SEQUENCE)?).expect(OID)?;
        let digest = imprint.expect(OCTETS)?;
        Some((algorithm, digest, info.expect(INTEGER)?, info.expect(TIME)?))
    };
    let (algorithm, digest, serial, time) = head().ok_or_else(unreadable)?;
    if algorithm != SHA_256 || digest != Sha256::digest(bytes).as_slice() {
        return Err(wrong("the time stamp is about other bytes than this report"));
    }
    let time = utc(time).ok_or_else(|| wrong("the time stamp states no time that there is"))?;
    Ok(TimeStampFacts { time, serial: hex(serial) })
}

/// The time of a `GeneralizedTime`, as in `20261130053000.5Z`.
fn utc(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (whole, parts) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !is_number(whole) || !is_number(parts) {
        return None;
    }
    let time = DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

/// The `TSTInfo` in the token that follows the status.
fn token_info(mut answer: Elements<'_>) -> Option<&[u8]> {
    let mut content = Elements(answer.expect(SEQUENCE)?);
    if content.expect(OID)? != SIGNED_DATA {
        return None;
    }
    let mut signed = Elements(Elements(content.expect(CONTEXT_0)?).expect(SEQUENCE)?);
    signed.expect(INTEGER)?;
    signed.expect(SET)?;
    let mut inner = Elements(signed.expect(SEQUENCE)?);
    if inner.expect(OID)? != TST_INFO {
        return None;
    }
    let octets = Elements(inner.expect(CONTEXT_0)?).expect(OCTETS)?;
    Elements(octets).expect(SEQUENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_refused(bytes in proptest::collection::vec(0u8.., 0..200)) {
            proptest::prop_assert!(read_answer(&bytes, b"x").is_err());
        }
    }

    #[test]
    fn a_time_is_one_that_there_is() {
        let text = |bytes: &[u8]| utc(bytes).map(|time| time.to_string());
        assert_eq!(text(b"20261130053000Z").as_deref(), Some("2026-11-30T05:30:00Z"));
        assert_eq!(text(b"20261130053000.75Z").as_deref(), Some("2026-11-30T05:30:00Z"));
        for wrong in
            ["20269999101832Z", "20261130053000", "2026113005300Z", "Z", "20261130053000.Z"]
        {
            assert_eq!(text(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_request_names_the_hash_and_a_refusal_is_named() {
        let request = time_stamp_request(b"abc");
        let digest = Sha256::digest(b"abc");
        assert!(request.windows(32).any(|part| part == digest.as_slice()));
        let refusal = element(SEQUENCE, &element(SEQUENCE, &element(INTEGER, &[2])));
        let message = read_answer(&refusal, b"abc").unwrap_err().0;
        assert!(message.contains("refused"), "{message}");
    }
}

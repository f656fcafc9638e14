//! The form of Tessera's own secrets: `tsr_` kind `_`, 30 base62 characters, and the CRC-32 of all before it in 6 more,
//! so that a slip of the pen or a made-up secret is refused without a look-up, in a browser too.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY_LENGTH: usize = 30;
const CHECKSUM_LENGTH: usize = 6;

/// What a secret opens. The kind is part of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything: the deployment's own key, `tsr_root_…`.
    Root,
    /// One organization: a key, `tsr_key_…`.
    Key,
    /// One organization, through OAuth: a service account's client secret, `tsr_client_…`.
    ClientSecret,
    /// What one user may do: a user's token, `tsr_token_…`.
    Token,
    /// What whoever signed in may do, until the session ends: a session's cookie, `tsr_session_…`.
    Session,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Root, Self::Key, Self::ClientSecret, Self::Token, Self::Session];

    fn prefix(self) -> &'static str {
        match self {
            Self::Root => "tsr_root_",
            Self::Key => "tsr_key_",
            Self::ClientSecret => "tsr_client_",
            Self::Token => "tsr_token_",
            Self::Session => "tsr_session_",
        }
    }

    /// The kind as its secrets name it.
    pub fn as_str(self) -> &'static str {
        self.prefix().strip_prefix("tsr_").and_then(|rest| rest.strip_suffix('_')).unwrap_or_default()
    }
}

/// How many random bytes [`compose`] takes.
pub const RANDOM_LENGTH: usize = 23;

/// A secret of this kind, made from random bytes: 178 bits of them, in base62.
pub fn compose(kind: Kind, random: [u8; RANDOM_LENGTH]) -> String {
    let mut text = String::with_capacity(kind.prefix().len() + BODY_LENGTH + CHECKSUM_LENGTH);
    text.push_str(kind.prefix());
    push_base62(&mut text, &random, BODY_LENGTH);
    push_checksum(&mut text);
    text
}

/// What a text that was meant for a secret of this kind should be: its prefix, the first 30 letters and digits after it,
/// filled up with zeros, and their checksum.
pub fn corrected(kind: Kind, text: &str) -> String {
    let body = text.strip_prefix(kind.prefix()).unwrap_or(text);
    let body = body.chars().filter(char::is_ascii_alphanumeric).chain(std::iter::repeat('0'));
    let mut text: String = kind.prefix().chars().chain(body.take(BODY_LENGTH)).collect();
    push_checksum(&mut text);
    text
}

/// The kind of a well-formed secret whose checksum holds, else nothing.
pub fn parse(text: &str) -> Option<Kind> {
    let (kind, rest) = Kind::ALL.into_iter().find_map(|kind| Some((kind, text.strip_prefix(kind.prefix())?)))?;
    if rest.len() != BODY_LENGTH + CHECKSUM_LENGTH || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let (signed, _) = text.split_at(text.len() - CHECKSUM_LENGTH);
    let mut expected = String::with_capacity(text.len());
    expected.push_str(signed);
    push_checksum(&mut expected);
    (text == expected).then_some(kind)
}

/// Appends the checksum of all that the text has so far.
fn push_checksum(text: &mut String) {
    let checksum = crc32(text.as_bytes()).to_be_bytes();
    push_base62(text, &checksum, CHECKSUM_LENGTH);
}

/// The CRC-32 that gzip and PNG have, bit by bit: a table for it would be larger than all else here.
pub fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xEDB8_8320;
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// Appends the big-endian number in these bytes, in base62, as exactly so many digits: the lowest ones.
fn push_base62(text: &mut String, bytes: &[u8], digits: usize) {
    let mut number = bytes.to_vec();
    let mut reversed = Vec::with_capacity(digits);
    for _ in 0..digits {
        let mut remainder = 0u32;
        for byte in &mut number {
            let value = (remainder << 8) | u32::from(*byte);
            // value < 62 * 256, so the quotient is below 256
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            remainder = value % 62;
        }
        let digit = ALPHABET.get(remainder as usize).copied().unwrap_or(b'0');
        reversed.push(char::from(digit));
    }
    text.extend(reversed.into_iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_32() {
        // the check value that the catalogue of CRCs has for it
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn every_kind_reads_back() {
        for kind in Kind::ALL {
            for fill in [0, 1, 127, 255] {
                let text = compose(kind, [fill; RANDOM_LENGTH]);
                assert_eq!(parse(&text), Some(kind), "{text}");
            }
        }
    }

    #[test]
    fn a_text_is_corrected_to_a_secret() {
        let corrected = corrected(Kind::Token, "tsr_token_ForTheSuite_only!");
        assert!(corrected.starts_with("tsr_token_ForTheSuiteonly0000"), "{corrected}");
        assert_eq!(parse(&corrected), Some(Kind::Token));
        assert_eq!(super::corrected(Kind::Token, &corrected), corrected);
        assert_eq!(parse(&super::corrected(Kind::Key, "")), Some(Kind::Key));
    }

    #[test]
    fn a_changed_character_is_noticed() {
        let text = compose(Kind::Key, [7; RANDOM_LENGTH]);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = if *byte == b'x' { b'y' } else { b'x' };
            }
            let changed = String::from_utf8(bytes).unwrap_or_default();
            assert_eq!(parse(&changed), None, "{changed}");
        }
        // whose checksum holds
        let mut strange = "tsr_key_0000000000\0\0\0\0\0\0\0,0000000&0000".to_owned();
        push_checksum(&mut strange);
        assert_eq!(parse(&strange), None);
        assert_eq!(parse(""), None);
        assert_eq!(parse(&format!("{text}0")), None);
        assert_eq!(parse("tsr_key_ééééééééééééééééééééééééééééééééééé"), None);
    }
}

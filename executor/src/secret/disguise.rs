//! How a secret is commonly written by programs that print it: escaped for JSON, XML, a shell or a
//! URL, or as Base64 (RFC 4648) or hexadecimal digits.
//!
//! What a program makes of a secret otherwise, a hash, a part of it, another encoding, cannot be
//! recognised. Encodings of less than [`SHORTEST`] bytes are left alone: they would be found in
//! texts that have nothing to do with the secret.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::fmt::Write;

/// The shortest secret that is looked for in disguise.
const SHORTEST: usize = 6;

/// The secret and what is commonly written for it.
pub(super) fn disguises(secret: &str) -> Vec<String> {
    let mut written = vec![secret.to_owned()];
    if secret.len() >= SHORTEST {
        written.extend(escaped(secret));
        written.extend(base64(secret));
        written.extend(hexadecimal(secret));
        written.sort_unstable();
        written.dedup();
    }
    written
}

fn escaped(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let slashes = json.replace('/', "\\/");
    let ascii: String = json.chars().map(|c| if c.is_ascii() { c.to_string() } else { utf_16(c) }).collect();
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quoted_xml = xml.replace('"', "&quot;");
    let all_xml = quoted_xml.replace('\'', "&apos;");
    let numbered_xml = quoted_xml.replace('\'', "&#39;");
    let shell = secret.replace('\'', "'\\''");
    let debug = secret.escape_debug().to_string();
    let default = secret.escape_default().to_string();
    let mut written =
        vec![json, slashes, ascii, xml, quoted_xml, all_xml, numbered_xml, shell, debug, default];
    for unescaped in ["-._~", "-_.!~*'()", "-._*"] {
        let percent = percent(secret, unescaped);
        written.push(percent.replace("%20", "+"));
        written.push(lower_hex(&percent));
        written.push(percent);
    }
    written
}

/// A character as JSON writes it in ASCII.
fn utf_16(c: char) -> String {
    let mut units = [0; 2];
    c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// The percent-encoding (RFC 3986), where letters, digits and `unescaped` stay.
fn percent(secret: &str, unescaped: &str) -> String {
    let mut text = String::new();
    for byte in secret.bytes() {
        if byte.is_ascii_alphanumeric() || unescaped.as_bytes().contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a text does not fail");
        }
    }
    text
}

fn lower_hex(percent: &str) -> String {
    let mut text = String::new();
    let mut digits = 0;
    for c in percent.chars() {
        text.push(if digits > 0 { c.to_ascii_lowercase() } else { c });
        digits = if c == '%' { 2 } else { i32::max(digits - 1, 0) };
    }
    text
}

/// The characters that Base64 has for the secret wherever it stands in what is encoded: a group of
/// three bytes is four characters, so there are three ways, of which the first and the last
/// characters may depend on the neighbours.
fn base64(secret: &str) -> Vec<String> {
    let mut written = Vec::new();
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        written.push(engine.encode(secret));
        for before in 0..3 {
            let bytes = [&[0; 2][..before], secret.as_bytes()].concat();
            let text = engine.encode(&bytes);
            let first = (before * 8).div_ceil(6);
            let last = bytes.len() * 8 / 6;
            written.push(text[first..last].to_owned());
        }
    }
    written
}

fn hexadecimal(secret: &str) -> [String; 2] {
    let mut lower = String::new();
    for byte in secret.bytes() {
        write!(lower, "{byte:02x}").expect("writing to a text does not fail");
    }
    [lower.to_uppercase(), lower]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "pa\"s/s& wörd'<7>";

    #[test]
    fn escapes_of_json_xml_shells_and_urls_are_known() {
        let written = disguises(SECRET);
        for known in [
            SECRET,
            "pa\\\"s/s& wörd'<7>",
            "pa\\\"s\\/s& wörd'<7>".replace("\\/", "/").as_str(),
            "pa\\\"s/s& w\\u00f6rd'<7>",
            "pa&quot;s/s&amp; wörd&apos;&lt;7&gt;",
            "pa\"s/s& wörd'\\''<7>",
            "pa%22s%2Fs%26%20w%C3%B6rd%27%3C7%3E",
            "pa%22s%2fs%26%20w%c3%b6rd%27%3c7%3e",
            "pa%22s%2Fs%26+w%C3%B6rd%27%3C7%3E",
        ] {
            assert!(written.iter().any(|text| text == known), "{known} in {written:#?}");
        }
    }

    #[test]
    fn base64_is_found_wherever_the_secret_stands() {
        for before in ["", "u", "us", "user:", "user:x"] {
            let text = STANDARD_NO_PAD.encode(format!("{before}{SECRET} and more"));
            let found = disguises(SECRET).into_iter().filter(|known| text.contains(known.as_str()));
            assert!(found.map(|known| known.len()).max() >= Some(SECRET.len()), "behind {before:?}");
        }
    }

    #[test]
    fn short_secrets_are_struck_only_as_they_are() {
        assert_eq!(disguises("a b"), ["a b"]);
    }
}

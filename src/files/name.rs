//! Names that no file may have.

/// Whether Windows reserves the name for a device, whatever its extension.
pub fn is_device_name(name: &str) -> bool {
    let word = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |head: &str| {
        word.strip_prefix(head).is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit())
    };
    ["con", "prn", "aux", "nul"].contains(&word.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_devices_are_known_with_and_without_extension() {
        for name in ["con", "NUL.png", "com1", "lpt9.tar.gz"] {
            assert!(is_device_name(name), "{name}");
        }
        for name in ["", "contour", "com", "com10", "a.con"] {
            assert!(!is_device_name(name), "{name}");
        }
    }
}

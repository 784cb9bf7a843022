//! The paths a patch names.

/// Drops `.` parts and doubled slashes, so that one file has one name.
///
/// `..` stays: what it means depends on links that only the caller can see. A leading `/` stays
/// too. The answer is `None` for a path that names no file: empty, `.`, ending in a slash, or
/// holding a NUL.
pub(crate) fn normalise(written: &str) -> Option<String> {
    if written.contains('\0') || written.ends_with('/') {
        return None;
    }
    let parts: Vec<&str> = written
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    match parts.last() {
        None | Some(&"..") => None,
        Some(_) if written.starts_with('/') => Some(format!("/{}", parts.join("/"))),
        Some(_) => Some(parts.join("/")),
    }
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn one_file_has_one_name() {
        assert_eq!(normalise("./src//a.rs").as_deref(), Some("src/a.rs"));
        assert_eq!(normalise("src/./a.rs").as_deref(), Some("src/a.rs"));
        assert_eq!(normalise("/tmp/a.rs").as_deref(), Some("/tmp/a.rs"));
    }

    #[test]
    fn climbing_is_left_for_the_caller_to_judge() {
        assert_eq!(normalise("../a.rs").as_deref(), Some("../a.rs"));
        assert_eq!(normalise("a/../b").as_deref(), Some("a/../b"));
    }

    #[test]
    fn names_of_no_file_are_refused() {
        for written in ["", ".", "./", "/", "src/", "..", "a/..", "a\0b"] {
            assert_eq!(normalise(written), None, "{written:?}");
        }
    }
}

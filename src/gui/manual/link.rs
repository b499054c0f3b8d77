//! Destinations of links, resolved against the page they stand on.

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    /// A file of the repository, and a heading in it.
    File {
        /// Path in the repository.
        path: String,
        anchor: Option<String>,
    },
    /// Somewhere else; the program opens no connection.
    Web(String),
}

impl Link {
    /// Resolves a destination as it stands in the file at `page`.
    pub(super) fn resolve(page: &str, destination: &str) -> Self {
        if destination.contains("://") || destination.starts_with("mailto:") {
            return Self::Web(destination.to_owned());
        }
        let (path, anchor) = match destination.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor.to_owned())),
            None => (destination, None),
        };
        if path.is_empty() {
            return Self::File { path: page.to_owned(), anchor };
        }
        let mut parts: Vec<&str> = page.split('/').collect();
        parts.pop();
        for part in path.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        Self::File { path: parts.join("/"), anchor }
    }
}

/// The anchor that GitHub gives a heading.
pub(super) fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, anchor: Option<&str>) -> Link {
        Link::File { path: path.into(), anchor: anchor.map(Into::into) }
    }

    #[test]
    fn destinations_are_relative_to_the_page() {
        let page = "assets/manual/cases.md";
        let resolve = |destination| Link::resolve(page, destination);
        assert_eq!(resolve("json.md#cases"), file("assets/manual/json.md", Some("cases")));
        assert_eq!(resolve("#ranking"), file(page, Some("ranking")));
        assert_eq!(resolve("../../models/lae/card.toml"), file("models/lae/card.toml", None));
        assert_eq!(resolve("https://a.example/b"), Link::Web("https://a.example/b".into()));
    }

    #[test]
    fn anchors_are_those_of_github() {
        assert_eq!(anchor("Files that `--out` writes"), "files-that---out-writes");
        assert_eq!(anchor("Train, validation, test"), "train-validation-test");
    }
}

//! The `WWW-Authenticate` header of a refusal.

use std::fmt;

/// A challenge of the scheme `Bearer` (RFC 6750 §3, RFC 9728 §5.1).
#[derive(Debug)]
pub(crate) struct Challenge<'a> {
    pub(crate) error: Option<&'static str>,
    pub(crate) scopes: &'a [String],
    pub(crate) resource_metadata: Option<String>,
}

impl fmt::Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")?;
        let scopes = (!self.scopes.is_empty()).then(|| self.scopes.join(" "));
        let parameters = [
            ("error", self.error),
            ("scope", scopes.as_deref()),
            ("resource_metadata", self.resource_metadata.as_deref()),
        ];
        let mut separator = " ";
        for (name, value) in parameters {
            if let Some(value) = value {
                write!(f, "{separator}{name}=\"{}\"", Quoted(value))?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

/// What stands between the quotes of a quoted string (RFC 9110 §5.6.4); no line can break.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                ' '..='~' => write!(f, "{character}")?,
                _ => f.write_str("?")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_parameter_ends_it() {
        let scopes = ["a\"b".to_owned(), "c\\d\r\n".to_owned()];
        let challenge = Challenge {
            error: Some("insufficient_scope"),
            scopes: &scopes,
            resource_metadata: Some("https://a.example/x".to_owned()),
        };
        let expected = r#"Bearer error="insufficient_scope", scope="a\"b c\\d??", resource_metadata="https://a.example/x""#;
        assert_eq!(challenge.to_string(), expected);
    }

    #[test]
    fn a_challenge_without_parameters_is_the_scheme_alone() {
        let challenge = Challenge {
            error: None,
            scopes: &[],
            resource_metadata: None,
        };
        assert_eq!(challenge.to_string(), "Bearer");
    }
}

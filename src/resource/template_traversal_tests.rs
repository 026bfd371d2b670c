//! Every spelling of a traversal that a template must not let through.

use super::tests::values;

/// Refused as a `{name}` and as a `{+name}`, whole and inside of a path.
const DOT_SEGMENTS: &[&str] = &[
    ".",
    "..",
    "%2e",
    "%2E",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%2e.",
    "...",
    "....",
    ". .",
    "..%20",
    "%20..",
    "..%09",
    ".%09.",
    "..%0a",
    "%0d%0a..",
    "..%c2%a0",
    "..;",
    "..;x=1",
    "%2e%2e;x",
    "..%3b",
    "..%00",
    "%252e",
    "%252e%252e",
    "%252E%252e",
    ".%252e",
    "%25%32%65",
    "%25%32e",
    "%2525252e%2525252e",
    "%ef%bc%8e%ef%bc%8e",
    "．．",
    "%ef%bc%8e.",
    "․․",
    "%e2%80%a5",
    "‥",
    "%c0%ae%c0%ae",
    "%c0%2e",
    "%e0%80%ae",
    "%f0%80%80%ae",
    "%u002e%u002e",
    "%%32%65",
    "%2",
    "%",
    "%zz",
    "%+2e",
    "%ff",
    "%00",
    "a%00",
    "a%00.png",
    "%2500",
    "%252500",
    "a%7f",
    "%0d%0aHost:",
    "a%c2%85",
    "..\\",
    "..\\a",
    "a\\b",
    "\\",
    "\\\\host\\share",
    "..%5c",
    "..%5C..%5C",
    "%5c%5chost",
    "..%255c",
    "%255C",
    "%2f",
    "%2F",
    "..%2f",
    "..%2F..%2Fetc%2Fpasswd",
    "%2e%2e%2f",
    "..%252f",
    "%252F",
    "%25252f",
    "a%2fb",
    "..%c0%af",
    "..%ef%bc%8fetc",
    "．．／etc",
    "..%ef%bc%bc",
    "..%e2%88%95%2f",
];

/// Refused where a value begins.
const STARTS: &[&str] = &[
    "c:",
    "C:",
    "c|",
    "c:evil",
    "C%3a",
    "%43%3a",
    "%63:boot.ini",
    "%20c:",
    "z%7c",
    "%ef%bc%8fetc",
    "／etc",
];

/// Refused as a `{+name}` only: they hold slashes, or a scheme.
const PATHS: &[&str] = &[
    "/",
    "/etc/passwd",
    "//host/share",
    "../",
    "../etc/passwd",
    "../../../../etc/passwd",
    "./a",
    "a/.",
    "a/..",
    "a/../b",
    "a/./b",
    "a/../../b",
    "a/%2e%2e/b",
    "a/.%2e/b",
    "a/%2e%2e",
    "a//../b",
    "a/..;/b",
    "a/..%20/b",
    "a/.../b",
    "....//....//etc",
    "..//",
    "a/..%5cb",
    "a\\../b",
    "a/%252e%252e/b",
    "%20/etc",
    "%09/etc",
    "c:/windows",
    "C:/windows",
    "c:..",
    "c%3a/x",
    "C|/windows",
    "file:",
    "file:///etc/passwd",
    "file%3a//etc",
    "FILE:/etc",
    "http://169.254.169.254/latest",
    "https:evil",
    "data:,x",
    "jar:file:/a",
    "%66ile:/x",
    "%20file:/x",
    "view-source:x",
    "a/..%00/b",
    "a/.%0a./b",
    "..／a",
    "a／..／b",
];

#[test]
fn no_spelling_of_a_traversal_matches() {
    assert!(DOT_SEGMENTS.len() + STARTS.len() + PATHS.len() >= 60);
    let whole = [DOT_SEGMENTS, STARTS].concat();
    for value in &whole {
        for (text, uri) in [
            ("x://{v}", format!("x://{value}")),
            ("x://f/{v}/data", format!("x://f/{value}/data")),
            ("x://{v}/{w}", format!("x://{value}/a")),
            ("x://{w}/{v}", format!("x://a/{value}")),
            ("x://f?q={v}", format!("x://f?q={value}")),
        ] {
            assert_eq!(values(text, &uri), None, "{text} {uri}");
        }
    }
    for value in whole.iter().chain(PATHS) {
        for (text, uri) in [
            ("x://{+v}", format!("x://{value}")),
            ("x://f/{+v}/data", format!("x://f/{value}/data")),
            ("x://{w}/{+v}", format!("x://a/{value}")),
        ] {
            assert_eq!(values(text, &uri), None, "{text} {uri}");
        }
    }
    for value in DOT_SEGMENTS {
        for uri in [format!("x://a/{value}/b"), format!("x://a/b/{value}")] {
            assert_eq!(values("x://{+v}", &uri), None, "{uri}");
        }
    }
}

#[test]
fn a_query_value_that_leads_up_does_not_match() {
    for value in [
        "..",
        "%2e%2e",
        "../a",
        "a/..",
        "a/../b",
        "a%2f..%2fb",
        "..%5ca",
        "a%5c..",
        "..\\a",
        "..;a",
        "..%20",
        ".%09.",
        "%00",
        "a%00b",
        "．．",
        "‥/a",
        "%c0%ae%c0%ae",
        "%zz",
    ] {
        assert_eq!(
            values("x://s{?q}", &format!("x://s?q={value}")),
            None,
            "{value}"
        );
    }
    for value in [
        ".", "...", "a/b", "/etc", "c:", "a..b", "1/2", "%252e", "a\\b", "wait...", "a / b",
    ] {
        assert!(
            values("x://s{?q}", &format!("x://s?q={value}")).is_some(),
            "{value}"
        );
    }
}

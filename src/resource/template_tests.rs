//! Tables of templates, URIs and what becomes of them.

use super::*;

fn template(text: &str) -> UriTemplate {
    UriTemplate::parse(text).unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

/// Matches and writes the values as `name=value|...`.
pub(super) fn values(text: &str, uri: &str) -> Option<String> {
    let params = template(text).matches(uri)?;
    let pairs: Vec<_> = params
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Some(pairs.join("|"))
}

#[test]
fn a_template_declares_its_variables_and_its_literal_prefix() {
    for (text, variables, prefix) in [
        ("config://app", "", 12),
        ("users://{id}/profile", "id!", 8),
        ("users://{id}{?page,size}", "id! page size", 8),
        ("docs://a/{+path}.{ext}{?v}", "path! ext! v", 9),
        ("x:{a.b_1}", "a.b_1!", 2),
        ("x://search?q={q}&n={n}", "q! n!", 13),
        ("x://a%20b{?q}", "q", 9),
        ("h+t.p-1:{?q}", "q", 8),
    ] {
        let template = template(text);
        let declared: Vec<_> = template
            .variables()
            .map(|(name, required)| format!("{name}{}", if required { "!" } else { "" }))
            .collect();
        assert_eq!(
            (declared.join(" "), template.literal_prefix_len()),
            (variables.into(), prefix)
        );
        assert_eq!(template.as_str(), text);
    }
}

#[test]
fn what_is_no_template_is_named() {
    use TemplateError as E;
    for (text, expected) in [
        ("", E::Empty),
        ("users/{id}", E::NoScheme),
        ("{id}", E::NoScheme),
        ("{scheme}://x", E::NoScheme),
        ("://x", E::NoScheme),
        ("1a://x", E::NoScheme),
        ("a_b:x", E::NoScheme),
        ("x://a b", E::Stray(' ')),
        ("x://a}b", E::Stray('}')),
        ("x://{a}}", E::Stray('}')),
        ("x://é/{a}", E::Stray('é')),
        ("x://a\\b", E::Stray('\\')),
        ("x://100%/{a}", E::Stray('%')),
        ("x://{a", E::Unclosed("{a".into())),
        ("x://{", E::Unclosed("{".into())),
        ("x://{a}{b}", E::Adjacent("{b}".into())),
        ("x://{a}{+b}", E::Adjacent("{+b}".into())),
        ("x://{?a}/b", E::MisplacedQuery("{?a}".into())),
        ("x://{?a}{b}", E::MisplacedQuery("{?a}".into())),
        ("x://{?a}{?b}", E::MisplacedQuery("{?a}".into())),
        ("x://?a={a}{?b}", E::MisplacedQuery("{?b}".into())),
        ("x://{a}#{?b}", E::MisplacedQuery("{?b}".into())),
        ("x://{a}/{a}", E::Repeated("a".into())),
        ("x://{a}{?a}", E::Repeated("a".into())),
        ("x://{?a,a}", E::Repeated("a".into())),
    ] {
        assert_eq!(UriTemplate::parse(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn the_rest_of_rfc_6570_is_named_with_what_is_supported() {
    for expression in [
        "{}", "{+}", "{?}", "{?a,}", "{?,a}", "{a,b}", "{+a,b}", "{a*}", "{+a*}", "{?a*}", "{a:3}",
        "{#a}", "{.a}", "{/a}", "{;a}", "{&a}", "{=a}", "{,a}", "{!a}", "{@a}", "{|a}", "{a-b}",
        "{ a}", "{a..b}", "{a.}", "{%61}", "{é}", "{a{b}",
    ] {
        let error = UriTemplate::parse(&format!("x://{expression}"))
            .unwrap_err()
            .to_string();
        let start = format!("`{expression}` is not supported; write `{{name}}`, `{{+name}}` or");
        assert!(error.starts_with(&start), "{error}");
    }
}

#[test]
fn values_are_cut_at_the_literals_and_decoded_once() {
    for (text, uri, expected) in [
        ("config://app", "config://app", ""),
        ("users://{id}/profile", "users://7/profile", "id=7"),
        ("x://{a}", "x://%C3%A9%20%2525", "a=é %25"),
        ("x://{a}", "x://..a", "a=..a"),
        ("x://{a}", "x://a..", "a=a.."),
        ("x://{a}", "x://tag:1+2@é", "a=tag:1+2@é"),
        ("x://{a}.json", "x://a.json.json", "a=a.json"),
        ("x://{a}-{b}", "x://1-2-3", "a=1|b=2-3"),
        ("x://{a}-{b}", "x://--3", "a=-|b=3"),
        ("x://{a}/c/{b}", "x://1/c/c", "a=1|b=c"),
        ("x://{+p}", "x://a/b/.git/c.d/", "p=a/b/.git/c.d/"),
        ("x://{+p}", "x://a//b", "p=a//b"),
        ("x://{+p}/{file}", "x://a/b/c", "p=a/b|file=c"),
        ("x://{+p}.{ext}", "x://a.b/c.tar.gz", "p=a.b/c.tar|ext=gz"),
        ("x://{r}/{+p}/raw", "x://r/raw/raw/raw", "r=r|p=raw/raw"),
        ("x://{+p}/x/{a}/{b}", "x://q/x/x/x/2", "p=q/x|a=x|b=2"),
        ("x://{+a}/-/{+b}", "x://1/-/2/-/3", "a=1/-/2|b=3"),
        ("x://s?q={q}&n={n}", "x://s?q=a%26b&n=2", "q=a&b|n=2"),
        ("x://s{?q,n}", "x://s", ""),
        ("x://s{?q,n}", "x://s?n=1&q=", "n=1|q="),
        (
            "x://{a}{?q}",
            "x://1?q=a/b?c=d+%20..e%0A",
            "a=1|q=a/b?c=d+ ..e\n",
        ),
    ] {
        assert_eq!(values(text, uri).as_deref(), Some(expected), "{text} {uri}");
    }
}

#[test]
fn other_uris_do_not_match() {
    for (text, uri) in [
        ("config://app", "config://app/"),
        ("config://app", "config://ap"),
        ("config://app", ""),
        ("users://{id}/profile", "users:///profile"),
        ("users://{id}/profile", "users://1/2/profile"),
        ("users://{id}/profile", "Users://1/profile"),
        ("users://{id}/profile", "users://1/profile?a=1"),
        ("x://a{b}a", "x://a"),
        ("x://{a}", "x://"),
        ("x://{a}", "x://1#2"),
        ("x://{+p}", "x://a?b"),
        ("x://{+p}", "x://a#b"),
        ("x://{a}-{b}", "x://1-"),
        ("x://{a}-{b}", "x://-"),
        ("x://s{?q}", "x://s?"),
        ("x://s{?q}", "x://s?q"),
        ("x://s{?q}", "x://s?r=1"),
        ("x://s{?q}", "x://s?%71=1"),
        ("x://s{?q}", "x://s?q=1&q=1"),
        ("x://s{?q}", "x://s?q=1&"),
        ("x://s{?q}", "x://s?q=1#f"),
        ("x://s{?q}", "x://s?q=%"),
    ] {
        assert_eq!(values(text, uri), None, "{text} {uri}");
    }
}

#[test]
fn a_uri_longer_than_8_kib_does_not_match() {
    let template = template("x:{+p}");
    assert!(
        template
            .matches(&format!("x:{}", "a".repeat(8190)))
            .is_some()
    );
    assert!(
        template
            .matches(&format!("x:{}", "a".repeat(8191)))
            .is_none()
    );
}

use http::HeaderValue;

use super::{Guard, ORIGIN, listed, request, status};

/// What the model knows of a name: how an origin spells it, and on which ports its host is allowed.
struct Named(&'static str, Ports);

/// The ports on which a host is allowed, and by whom.
#[derive(Clone, Copy)]
enum Ports {
    Loopback,
    ListedAny,
    Listed(u16),
    Foreign,
}

const NAMES: [Named; 13] = [
    Named("localhost", Ports::Loopback),
    Named("LOCALHOST.", Ports::Loopback),
    Named("127.0.0.9", Ports::Loopback),
    Named("[0:0::1]", Ports::Loopback),
    Named("example.com", Ports::ListedAny),
    Named("a.tenant.example", Ports::ListedAny),
    Named("10.0.0.1", Ports::ListedAny),
    Named("api.example.org", Ports::Listed(8443)),
    Named("tls.example", Ports::Listed(443)),
    Named("tenant.example", Ports::Foreign),
    Named("app.example", Ports::Foreign),
    Named("evil.example", Ports::Foreign),
    Named("localhost.evil.example", Ports::Foreign),
];

const ORIGINS: [&str; 4] = [
    "https://App.example",
    "http://app.example:81",
    "tauri://localhost",
    "http://127.0.0.9:1",
];

/// Returns what each of [`origin_guards`] should say.
fn model(scheme: &str, Named(name, ports): &Named, port: Option<u16>) -> [bool; 5] {
    let port = port.or(match scheme {
        "http" => Some(80),
        "HTTPS" => Some(443),
        _ => None,
    });
    let is_web = scheme != "tauri";
    let in_loopback = is_web && matches!(ports, Ports::Loopback);
    let in_hosts = match ports {
        Ports::Loopback | Ports::ListedAny => is_web,
        Ports::Listed(only) => is_web && port == Some(*only),
        Ports::Foreign => false,
    };
    let in_origins = match (scheme, *name) {
        ("HTTPS", "app.example") => port == Some(443),
        ("http", "app.example") => port == Some(81),
        ("tauri", "localhost" | "LOCALHOST.") | ("http", "127.0.0.9") => true,
        _ => false,
    };
    [
        in_loopback,
        in_hosts,
        in_loopback || in_origins,
        false,
        in_origins,
    ]
}

fn origin_guards() -> [Guard; 5] {
    let listing = |guard: Guard| guard.allowed_origins(ORIGINS).unwrap();
    [
        Guard::loopback(),
        listed(),
        listing(Guard::loopback()),
        listed().any_host(),
        listing(listed().any_host()),
    ]
}

#[test]
fn an_origin_is_listed_or_belongs_to_an_allowed_host() {
    let schemes = ["http", "HTTPS", "tauri"];
    let ports = [None, Some(80), Some(443), Some(8443), Some(81)];
    let origins = NAMES
        .iter()
        .flat_map(|named| schemes.map(|scheme| (named, scheme)));
    let origins = origins.flat_map(|(named, scheme)| ports.map(|port| (named, scheme, port)));
    let mut cells = 0;
    for (named, scheme, port) in origins {
        let port_text = port.map_or(String::new(), |port| format!(":{port}"));
        let origin = format!("{scheme}://{}{port_text}", named.0);
        let verdicts = origin_guards().into_iter().zip(model(scheme, named, port));
        for (guard, allowed) in verdicts {
            let expected = if allowed { 200 } else { 403 };
            for site in ["same-origin", "same-site", "cross-site", "none"] {
                let mut parts = request(&[b"localhost"]);
                parts
                    .headers
                    .insert("sec-fetch-site", HeaderValue::from_static(site));
                parts
                    .headers
                    .insert(ORIGIN, HeaderValue::try_from(&origin).unwrap());
                assert_eq!(status(&guard, &parts), expected, "{origin} under {guard:?}");
                cells += 1;
            }
        }
    }
    assert!(cells >= 500);
}

#[test]
fn an_origin_is_never_allowed_for_equalling_its_own_host() {
    let mut parts = request(&[b"evil.example"]);
    parts
        .headers
        .insert(ORIGIN, HeaderValue::from_static("http://evil.example"));
    assert_eq!(status(&Guard::loopback().any_host(), &parts), 403);
    assert_eq!(status(&Guard::loopback(), &parts), 403);
}

#[rustfmt::skip]
#[test]
fn an_absent_origin_passes_and_a_strange_one_does_not() {
    let guards = [Guard::loopback(), listed(), listed().any_host()];
    let check = |origins: &[&str], site: Option<&'static str>, expected: u16| {
        for guard in &guards {
            let mut parts = request(&[b"localhost"]);
            for origin in origins {
                parts.headers.append(ORIGIN, HeaderValue::from_bytes(origin.as_bytes()).unwrap());
            }
            parts.headers.extend(site.map(|site| (http::HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static(site))));
            assert_eq!(status(guard, &parts), expected, "{origins:?} {site:?} under {guard:?}");
        }
    };
    for (site, expected) in [(None, 200), (Some("same-origin"), 200), (Some("same-site"), 200), (Some("none"), 200), (Some("cross-site"), 403), (Some("Cross-Site"), 403)] {
        check(&[], site, expected);
    }
    for site in [None, Some("same-origin"), Some("cross-site"), Some("none")] {
        check(&["http://localhost", "http://localhost"], site, 403);
        for origin in [
            "", "null", "NULL", " null", "localhost", "//localhost", "http:localhost", "http:/localhost", "http://", "://localhost",
            "http://localhost/", "http://localhost/x", "http://localhost?x", "http://localhost#x", "http://localhost:", "http://localhost:0",
            "http://localhost:080", "http://user@localhost", "http://localhost@evil.example", "http://localhost\\", "http://local host",
            "http://localhost http://localhost", "http://localhost,http://localhost", " http://localhost", "http://localhost ", "*",
            "http://*", "http://%6cocalhost", "http://l\u{f6}calhost", "http://127.1", "http://0x7f.1", "http://::1", "http://[::1", "1http://localhost",
            "ht tp://localhost", "http://http://localhost", "file://", "ws://localhost", "javascript://localhost", "http://localhost.evil.example",
        ] {
            check(&[origin], site, 403);
        }
    }
}

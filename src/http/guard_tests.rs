use http::{HeaderValue, Request, StatusCode, Version, request::Parts};

use super::*;

#[path = "guard_origin_tests.rs"]
mod origins;

const ALLOWED: [&str; 7] = [
    "example.com",
    "Api.Example.ORG:8443",
    "tls.example:443",
    "*.tenant.example",
    "*.preview.example:3000",
    "[2001:db8::1]",
    "10.0.0.1",
];

fn listed() -> Guard {
    Guard::loopback().allowed_hosts(ALLOWED).unwrap()
}

fn request(hosts: &[&[u8]]) -> Parts {
    let mut request = Request::builder().uri("/mcp");
    for host in hosts {
        request = request.header(HOST, HeaderValue::from_bytes(host).unwrap());
    }
    request.body(()).unwrap().into_parts().0
}

fn status(guard: &Guard, parts: &Parts) -> u16 {
    guard
        .check(parts)
        .map_or_else(|refusal| refusal.status(), |()| StatusCode::OK)
        .as_u16()
}

/// Checks every spelling in `Host` and, where a URI can carry it, in `:authority`.
fn check_hosts(spellings: &[&str], [loopback, list, any]: [u16; 3]) {
    let guards = [
        (Guard::loopback(), loopback),
        (listed(), list),
        (Guard::loopback().any_host(), any),
    ];
    for spelling in spellings {
        for (guard, expected) in &guards {
            let header = request(&[spelling.as_bytes()]);
            assert_eq!(
                status(guard, &header),
                *expected,
                "host {spelling:?} under {guard:?}"
            );
            let uri = Request::builder().uri(format!("https://{spelling}/mcp"));
            let Ok(target) = uri.version(Version::HTTP_2).body(()) else {
                continue;
            };
            let target = target.into_parts().0;
            if target
                .uri
                .authority()
                .is_some_and(|authority| authority == spelling)
            {
                assert_eq!(status(guard, &target), *expected, "authority {spelling:?}");
            }
        }
    }
}

#[rustfmt::skip]
#[test]
fn every_spelling_of_a_host_has_one_reading() {
    let loopback = [
        "localhost", "LOCALHOST", "LocalHost", "localhost.", "localhost:1", "localhost:80", "localhost:65535",
        "localhost.:3000", "127.0.0.1", "127.0.0.1:8080", "127.0.0.1.", "127.1.2.3", "127.255.255.255:9", "[::1]",
        "[::1]:3000", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]:80", "[::0001]", "[::0:1]",
        "[::0.0.0.1]",
    ];
    check_hosts(&loopback, [200, 200, 200]);
    let listed = [
        "example.com", "EXAMPLE.com", "example.com.", "example.com:1", "example.com:443", "example.com.:8080",
        "api.example.org:8443", "API.example.org.:8443", "tls.example", "tls.example:443", "TLS.EXAMPLE.", "a.tenant.example",
        "a.b.c.tenant.example", "A.Tenant.Example:9", "x_y-z.tenant.example.", "1.tenant.example", "pr-1.preview.example:3000",
        "[2001:db8::1]", "[2001:DB8:0:0:0:0:0:1]:7", "10.0.0.1", "10.0.0.1:80", "10.0.0.1.",
    ];
    check_hosts(&listed, [403, 200, 200]);
    let foreign = [
        "evil.example", "evil.example:80", "localhost.evil.example", "evil.localhost", "localhost1", "xlocalhost",
        "example.com.evil.example", "www.example.com", "xexample.com", "example.co", "example.comm", "api.example.org",
        "api.example.org:8444", "api.example.org:443", "tls.example:80", "tls.example:444", "tenant.example", "xtenant.example",
        "a.tenant.example.evil", "pr-1.preview.example", "pr-1.preview.example:3001", "preview.example:3000", "10.0.0.2",
        "128.0.0.1", "126.255.255.255", "0.0.0.0", "192.168.1.1:80", "169.254.169.254", "[::]", "[::2]",
        "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[::ffff:7f00:1]", "[2001:db8::2]", "[fe80::1]", "127.0.0.1.nip.io",
        "localtest.me", "lvh.me", "xn--lcalhost-54a", "a-", "-a", "_dmarc.x", "0x7f.x", "1e1", "0xg",
    ];
    check_hosts(&foreign, [403, 403, 200]);
    let malformed = [
        "", ".", "..", ":", ":80", ".:80", ".localhost", "localhost..", "a..b", "localhost:", "127.0.0.1:", "[::1]:",
        "localhost:0", "localhost:080", "localhost:+80", "localhost:-1", "localhost:8a", "localhost:65536",
        "localhost:99999999999999999999", "localhost: 80", "localhost:80:80", "localhost:80 ", " localhost", "localhost ",
        "local host", "\tlocalhost", "localhost\t", "localhost,evil.example", "localhost, localhost", "localhost;", "localhost/",
        "localhost/x", "localhost?x", "localhost#x", "http://localhost", "//localhost", "\\localhost", "localhost\\",
        "user@localhost", "user:pw@localhost", "@localhost", "localhost@evil.example", "localhost:80@evil.example",
        "%6cocalhost", "localhost%00", "localhost%2e", "127.0.0.1%25", "l\u{f6}calhost", "\u{ff4c}ocalhost", "localhost\u{3002}",
        "loc\u{17f}host", "\u{2488}0.0.1", "127.1", "127.0.1", "127", "0", "2130706433", "0x7f.1", "0x7f000001", "0X7F.0.0.1",
        "0x", "x.0x", "0177.0.0.1", "127.0.0.01", "127.0.0.001", "127.0.0.256", "127.0.0.0x1", "127.0.0.1.1", "1.2.3.4.5",
        "localhost.1", "example.com.0x7f", "127.0.0.1..", "+127.0.0.1", "::1", "::1:80", "0:0:0:0:0:0:0:1", "[::1", "::1]",
        "[]", "[]:80", "[::1]x", "[::1]80", "[::1].", "[::1]:080", "[::1]:x", "[::1]]", "[[::1]]", "[::1%lo]", "[::1%25lo]",
        "[127.0.0.1]", "[localhost]", "[:::1]", "[::1::]", "[::00001]", "[1:2:3:4:5:6:7]", "[v1.x]", "x[::1]", "*", "*.tenant.example",
        "localhost*", "a\"b", "a'b", "a`b", "a(b)", "a!b", "a$b", "a&b", "a=b", "a+b", "a~b", "a|b", "a^b", "a{b}", "a<b>",
    ];
    check_hosts(&malformed, [400, 400, 400]);
    let (label, long) = ("a".repeat(64), "a.".repeat(127));
    check_hosts(&[&label, &format!("{label}.example.com"), &format!("{long}a")], [400, 400, 400]);
    check_hosts(&[&label[1..], &long, &long[1..].replace("..", ".x.")[1..]], [403, 403, 200]);
    assert!(loopback.len() + listed.len() + foreign.len() + malformed.len() >= 200);
}

#[test]
fn a_request_names_one_host() {
    let guard = listed();
    assert_eq!(status(&guard, &request(&[])), 400);
    assert_eq!(status(&guard, &request(&[b"localhost", b"localhost"])), 400);
    assert_eq!(status(&guard, &request(&[b"local\xffhost"])), 400);
    let rows = [
        ("http://localhost/mcp", "localhost", 200),
        ("http://LOCALHOST.:80/mcp", "localhost", 200),
        ("https://example.com/mcp", "Example.com:443", 200),
        ("https://[::1]/mcp", "[0:0::1]", 200),
        ("http://example.com/mcp", "example.com:443", 400),
        ("http://localhost/mcp", "127.0.0.1", 400),
        ("http://localhost:1/mcp", "localhost:2", 400),
        ("http://evil.example/mcp", "localhost", 400),
        ("http://localhost/mcp", "evil.example", 400),
        ("http://user@localhost/mcp", "localhost", 400),
        ("http://evil.example/mcp", "evil.example", 403),
    ];
    for (uri, host, expected) in rows {
        let (mut parts, ()) = Request::get(uri)
            .header(HOST, host)
            .body(())
            .unwrap()
            .into_parts();
        for version in [
            Version::HTTP_10,
            Version::HTTP_11,
            Version::HTTP_2,
            Version::HTTP_3,
        ] {
            parts.version = version;
            assert_eq!(
                status(&guard, &parts),
                expected,
                "{version:?} {uri} with {host}"
            );
        }
    }
    let (mut parts, ()) = Request::get("http://localhost/mcp")
        .body(())
        .unwrap()
        .into_parts();
    assert_eq!(status(&guard, &parts), 400, "HTTP/1.1 needs `Host`");
    parts.version = Version::HTTP_2;
    assert_eq!(status(&guard, &parts), 200);
}

#[test]
fn a_refusal_names_the_value_and_the_cure() {
    let refusal = |host: &[u8], origin: Option<&str>| {
        let mut parts = request(&[host]);
        let origin = origin.map(|origin| HeaderValue::try_from(origin).unwrap());
        parts.headers.extend(origin.map(|origin| (ORIGIN, origin)));
        Guard::loopback().check(&parts).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(b"evil.example", None),
        "host `evil.example` is not allowed; \
         add it with `McpService::builder(..).allowed_hosts([\"evil.example\"])`"
    );
    assert_eq!(
        refusal(b"localhost", Some("https://app.example")),
        "origin `https://app.example` is not allowed; \
         add it with `McpService::builder(..).allowed_origins([\"https://app.example\"])`"
    );
    assert!(refusal(b"localhost", Some("null")).starts_with("origin `null` is never allowed"));
    let odd = refusal("\ta\u{85}\u{202e}\u{e4}".as_bytes(), None);
    assert!(
        odd.starts_with("host `\u{fffd}a\u{fffd}\u{fffd}\u{e4}` is malformed"),
        "{odd}"
    );
    let long = refusal("\u{1f600}".repeat(5000).as_bytes(), None);
    assert_eq!(
        long.chars()
            .filter(|c| *c == char::REPLACEMENT_CHARACTER)
            .count(),
        100
    );
    assert!(refusal(&[0xff; 4000], None).len() < 600);
}

#[test]
fn an_allow_list_is_checked_when_it_is_built() {
    let host = |host: &str| {
        Guard::loopback()
            .allowed_hosts([host])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        host("*"),
        "`*` is not a host; call `.any_host()` to allow every host"
    );
    for bad in [
        "",
        "*.",
        "*.*.example",
        "a.*.example",
        "*example",
        "*.10.0.0.1",
        "*.[::1]",
        "::1",
        "http://example.com",
        "example.com/",
        "b\u{fc}cher.example",
        "a:0",
    ] {
        assert!(
            host(bad).starts_with(&format!("`{bad}` is not a host; ")),
            "{bad}"
        );
    }
    for bad in [
        "",
        "*",
        "null",
        "example.com",
        "https://",
        "https://example.com/",
        "https://*.example.com",
        "https://u@example.com",
    ] {
        let error = Guard::loopback()
            .allowed_origins([bad])
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!("`{bad}` is not an origin; ")),
            "{bad}"
        );
    }
}

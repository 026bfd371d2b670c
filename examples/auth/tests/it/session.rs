//! The login of a web application: `auth_session`.

use reqwest::{
    Client, Response,
    header::{CONTENT_TYPE, COOKIE, HeaderName, SET_COOKIE},
};

use crate::client::{Running, text};

fn start() -> Running {
    Running::start(env!("CARGO_BIN_EXE_auth_session"), &[])
}

async fn log_in(example: &Running, form: &'static str) -> Response {
    let request = Client::new().post(format!("{}/login", example.url));
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(form).send().await.expect("it answers")
}

fn cookie(answer: &Response) -> (HeaderName, String) {
    let cookie = answer.headers()[SET_COOKIE].to_str().expect("it is text");
    let (cookie, _) = cookie.split_once(';').expect("it has attributes");
    (COOKIE, cookie.to_owned())
}

#[tokio::test]
async fn whoever_is_logged_in_is_who_asks() {
    let example = start();
    for (form, name) in [
        ("name=ada&password=lovelace", "ada"),
        ("name=charles&password=babbage", "charles"),
    ] {
        let answer = log_in(&example, form).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(
            text(example.call("whoami", Some(cookie(&answer))).await).await,
            name
        );
    }
}

#[tokio::test]
async fn whoever_is_not_logged_in_is_refused() {
    let example = start();
    assert_eq!(
        log_in(&example, "name=ada&password=byron").await.status(),
        401
    );
    assert_eq!(example.call("whoami", None).await.status(), 401);
    let made_up = (COOKIE, "id=AAAAAAAAAAAAAAAAAAAAAA".to_owned());
    assert_eq!(example.call("whoami", Some(made_up)).await.status(), 401);
}

#[tokio::test]
async fn a_login_ends_with_the_logout() {
    let example = start();
    let (header, value) = cookie(&log_in(&example, "name=ada&password=lovelace").await);
    let request = Client::new().delete(format!("{}/login", example.url));
    let answer = request
        .header(&header, &value)
        .send()
        .await
        .expect("it answers");
    assert_eq!(answer.status(), 200);
    assert_eq!(
        example.call("whoami", Some((header, value))).await.status(),
        401
    );
}

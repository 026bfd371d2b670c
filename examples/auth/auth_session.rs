//! The login of a web application: whoever is logged in by cookie is who asks over MCP.
//!
//! Run `cargo run --bin auth_session [ADDRESS]` in this folder. `POST /login` with the form `name=ada&password=lovelace` sets the
//! cookie that the endpoint at `/mcp` wants. Pages of other sites cannot use it: the endpoint looks at `Origin`.

use std::{convert::Infallible, env};

use axum::{Form, Router, http::StatusCode, routing::post, serve::ListenerExt};
use axum_login::{AuthManagerLayerBuilder, AuthUser, AuthnBackend};
use mcp_axum::{McpServer, McpService, Principal, Refusal, extract::Http, shutdown_signal, tool};
use tower_sessions::{MemoryStore, SessionManagerLayer};

type Login = axum_login::AuthSession<Users>;

#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
struct User {
    name: String,
    password: String,
}

impl AuthUser for User {
    type Id = String;

    fn id(&self) -> String {
        self.name.clone()
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.password.as_bytes()
    }
}

/// Stands for the users of an application, which knows no passwords but their hashes.
#[derive(Clone)]
struct Users(Vec<User>);

impl AuthnBackend for Users {
    type User = User;
    type Credentials = User;
    type Error = Infallible;

    async fn authenticate(&self, tried: User) -> Result<Option<User>, Infallible> {
        Ok(self.0.iter().find(|user| **user == tried).cloned())
    }

    async fn get_user(&self, name: &String) -> Result<Option<User>, Infallible> {
        Ok(self.0.iter().find(|user| user.name == *name).cloned())
    }
}

async fn log_in(mut login: Login, Form(tried): Form<User>) -> Result<&'static str, StatusCode> {
    let found = login.authenticate(tried).await.ok().flatten();
    let user = found.ok_or(StatusCode::UNAUTHORIZED)?;
    let kept = login.login(&user).await.is_ok();
    kept.then_some("logged in")
        .ok_or(StatusCode::SERVICE_UNAVAILABLE)
}

async fn log_out(mut login: Login) -> Result<&'static str, StatusCode> {
    let gone = login.logout().await.is_ok();
    gone.then_some("logged out")
        .ok_or(StatusCode::SERVICE_UNAVAILABLE)
}

/// Handlers take the login as the application's pages do.
async fn whoami(Http(login): Http<Login>) -> String {
    login.user.map(|user| user.name).unwrap_or_default()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let known = [("ada", "lovelace"), ("charles", "babbage")];
    let users = known.map(|(name, password)| User {
        name: name.into(),
        password: password.into(),
    });
    // Without TLS, on this machine alone; leave `with_secure` out where others come.
    let cookies = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let logins = AuthManagerLayerBuilder::new(Users(users.into()), cookies).build();

    let server = McpServer::new("pages", "1.0.0").tool(tool("whoami", whoami).read_only());
    let mcp = McpService::builder(server)
        .principal(|parts| {
            let login = parts.extensions.get::<Login>();
            let user = login.and_then(|login| login.user.as_ref());
            let refusal = || Refusal::new(StatusCode::UNAUTHORIZED).message("log in at /login");
            let user = user.ok_or_else(refusal)?;
            Ok(Some(Principal::new(format!("user/{}", user.name))))
        })
        .build();
    let app = Router::new()
        .route("/login", post(log_in).delete(log_out))
        .merge(mcp.router())
        .layer(logins);

    let address = env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, app)
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}

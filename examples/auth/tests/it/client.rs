//! An example that runs, and an MCP client of it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use reqwest::{
    Client, Response,
    header::{HeaderName, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};

const REVISION: &str = "2026-07-28";

/// An example that runs until this is dropped.
pub(crate) struct Running {
    process: Child,
    pub(crate) url: String,
}

impl Running {
    /// Starts an example on a free port.
    pub(crate) fn start(program: &str, variables: &[(&str, &str)]) -> Self {
        let mut process = Command::new(program)
            .arg("127.0.0.1:0")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let mut words = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let line = words
            .next()
            .expect("it says something")
            .expect("it can be read");
        let url = line
            .strip_prefix("listening on ")
            .expect("it says where")
            .to_owned();
        Self { process, url }
    }

    /// Calls a tool, with a header that says who asks.
    pub(crate) async fn call(&self, tool: &str, who: Option<(HeaderName, String)>) -> Response {
        self.post("tools/call", Some(tool), who).await
    }

    /// Returns the names of the tools that are listed.
    pub(crate) async fn list(&self, who: (HeaderName, String)) -> Vec<String> {
        let answer = result(self.post("tools/list", None, Some(who)).await).await;
        let tools = answer["tools"].as_array().expect("a list").iter();
        tools
            .map(|tool| tool["name"].as_str().expect("a name").to_owned())
            .collect()
    }

    async fn post(
        &self,
        method: &str,
        tool: Option<&str>,
        who: Option<(HeaderName, String)>,
    ) -> Response {
        let mut params = json!({"_meta": {
            "io.modelcontextprotocol/protocolVersion": REVISION,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        }});
        let mut request = Client::new()
            .post(format!("{}/mcp", self.url))
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", REVISION)
            .header("mcp-method", method);
        if let Some(tool) = tool {
            params["name"] = tool.into();
            request = request.header("mcp-name", tool);
        }
        if let Some((name, value)) = who {
            request = request.header(name, value);
        }
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        request.json(&message).send().await.expect("it answers")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing left to do then.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// Returns the result of a request that was served.
pub(crate) async fn result(response: Response) -> Value {
    assert_eq!(response.status(), 200);
    let mut answer: Value = response.json().await.expect("the answer is JSON");
    answer["result"].take()
}

/// Returns the text of a tool's result.
pub(crate) async fn text(response: Response) -> String {
    let result = result(response).await;
    let text = result["content"][0]["text"].as_str();
    text.expect("the tool returned text").to_owned()
}

/// Returns the challenge of a refusal.
pub(crate) fn challenge(response: &Response) -> Option<&str> {
    let header = response.headers().get(WWW_AUTHENTICATE)?;
    Some(header.to_str().expect("it is text"))
}

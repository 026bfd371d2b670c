// An authorization server that trusts everybody: it publishes its key, gives each client a token of the scopes that it asks for,
// and signs whatever claims a test wants.

import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const header = { alg: "ES256", typ: "at+jwt", kid: "one" };
const keys = [{ ...publicKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: "one" }];

const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");

function token(claims) {
  const now = Math.floor(Date.now() / 1000);
  const signed = `${encode(header)}.${encode({ iss: issuer, iat: now, exp: now + 600, ...claims })}`;
  // What a JWT wants is the plain pair of numbers.
  const signature = sign("sha256", signed, { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

// RFC 6749 §4.4: the client asks on its own behalf, and says who it is by Basic authentication.
function granted({ authorization }, body) {
  const asked = new URLSearchParams(body);
  const [client] = Buffer.from(authorization.split(" ")[1], "base64").toString().split(":");
  const scope = asked.get("scope") ?? "";
  const access_token = token({ sub: client, client_id: client, aud: asked.get("resource"), scope });
  return { access_token, token_type: "Bearer", expires_in: 600, scope };
}

const metadata = () => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ["code"],
  grant_types_supported: ["client_credentials"],
  token_endpoint_auth_methods_supported: ["client_secret_basic"],
  code_challenge_methods_supported: ["S256"],
});

const routes = {
  "/.well-known/oauth-authorization-server": metadata,
  "/.well-known/openid-configuration": metadata,
  "/jwks": () => ({ keys }),
  "/token": granted,
  "/sign": (_headers, body) => ({ token: token(JSON.parse(body)) }),
};

const server = createServer(async (request, response) => {
  const answer = routes[request.url]?.(request.headers, await text(request));
  response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify(answer ?? {}));
});

let issuer;
server.listen(0, "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  console.log(`listening on ${issuer}`);
});
process.on("SIGTERM", () => process.exit(0));

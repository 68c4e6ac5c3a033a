// A relying party built on openid-client. It is told what to do in JSON lines on standard input, one answer a line.
//
// The library checks what a certified client checks: discovery, state, nonce, PKCE, the issuer of the response,
// the ID token's claims, and here its signature as well.

import * as readline from 'node:readline'
import * as oidc from 'openid-client'

let config
let registered
let pending

const authentication = {
  client_secret_basic: oidc.ClientSecretBasic,
  client_secret_post: oidc.ClientSecretPost,
  none: () => oidc.None(),
}

const actions = {
  async discover({ issuer, client }) {
    registered = client
    const method = authentication[client.token_endpoint_auth_method](client.client_secret)
    const metadata = { id_token_signed_response_alg: client.id_token_signed_response_alg }
    config = await oidc.discovery(new URL(issuer), client.client_id, metadata, method, {
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    })
    return { issuer: config.serverMetadata().issuer, pkce: config.serverMetadata().supportsPKCE() }
  },

  async authorize({ parameters }) {
    pending = {
      pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
      expectedState: oidc.randomState(),
      expectedNonce: oidc.randomNonce(),
      idTokenExpected: true,
    }
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: registered.redirect_uris[0],
      code_challenge: await oidc.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: pending.expectedState,
      nonce: pending.expectedNonce,
      ...parameters,
    })
    return { url: url.href }
  },

  async callback({ location, form, checks }) {
    const arrived = form
      ? new Request(location, { method: 'POST', body: new URLSearchParams(form) })
      : new URL(location)
    const tokens = await oidc.authorizationCodeGrant(config, arrived, { ...pending, ...checks })
    return { tokens: { ...tokens }, claims: tokens.claims() }
  },

  async userinfo({ token, subject }) {
    return { claims: await oidc.fetchUserInfo(config, token, subject) }
  },

  async refresh({ token }) {
    const tokens = await oidc.refreshTokenGrant(config, token)
    return { tokens: { ...tokens }, claims: tokens.claims() }
  },

  async introspect({ token }) {
    return { document: await oidc.tokenIntrospection(config, token) }
  },

  async revoke({ token }) {
    await oidc.tokenRevocation(config, token)
    return {}
  },

  async clientCredentials({ parameters }) {
    return { tokens: { ...(await oidc.clientCredentialsGrant(config, parameters)) } }
  },

  async logout({ parameters }) {
    return { url: oidc.buildEndSessionUrl(config, parameters).href }
  },
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { action, ...given } = JSON.parse(line)
  let answer
  try {
    answer = await actions[action](given)
  } catch (error) {
    answer = { refused: { code: error.code, error: error.error ?? error.cause?.error, message: error.message } }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

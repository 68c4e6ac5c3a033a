// A relying party built on openid-client 6.
//
// The library checks what a certified client checks: discovery, state, nonce, PKCE, the issuer of the response,
// the ID token's claims, and here its signature as well.

import * as oidc from 'openid-client'
import { obey } from './lines.mjs'

let config
let registered
let pending

const authentication = {
  client_secret_basic: oidc.ClientSecretBasic,
  client_secret_post: oidc.ClientSecretPost,
  none: () => oidc.None(),
}

const actions = {
  async discover({ issuer, client, algorithm = 'oidc' }) {
    registered = client
    const method = authentication[client.token_endpoint_auth_method](client.client_secret)
    const metadata = {
      id_token_signed_response_alg: client.id_token_signed_response_alg,
      default_max_age: client.default_max_age,
      require_auth_time: client.require_auth_time,
    }
    config = await oidc.discovery(new URL(issuer), client.client_id, metadata, method, {
      algorithm,
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    })
    return { issuer: config.serverMetadata().issuer, pkce: config.serverMetadata().supportsPKCE() }
  },

  async authorize({ parameters, pkce = true }) {
    pending = { expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true }
    if (parameters.max_age !== undefined) pending.maxAge = Number(parameters.max_age)
    const challenge = {}
    if (pkce) {
      pending.pkceCodeVerifier = oidc.randomPKCECodeVerifier()
      challenge.code_challenge = await oidc.calculatePKCECodeChallenge(pending.pkceCodeVerifier)
      challenge.code_challenge_method = 'S256'
    }
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: registered.redirect_uris[0],
      state: pending.expectedState,
      nonce: pending.expectedNonce,
      ...challenge,
      ...parameters,
    })
    return { url: url.href }
  },

  async callback({ location, form, checks, parameters }) {
    const arrived = form
      ? new Request(location, { method: 'POST', body: new URLSearchParams(form) })
      : new URL(location)
    const tokens = await oidc.authorizationCodeGrant(config, arrived, { ...pending, ...checks }, parameters)
    return { tokens: { ...tokens }, claims: tokens.claims(), lasts: tokens.expiresIn() }
  },

  async userinfo({ token, subject, method }) {
    return { claims: await oidc.fetchUserInfo(config, token, subject, method && { method }) }
  },

  async protected({ token, method }) {
    const url = new URL(config.serverMetadata().userinfo_endpoint)
    const answer = await oidc.fetchProtectedResource(config, token, url, method)
    return { status: answer.status, type: answer.headers.get('content-type') }
  },

  async refresh({ token, parameters }) {
    const tokens = await oidc.refreshTokenGrant(config, token, parameters)
    return { tokens: { ...tokens }, claims: tokens.claims() }
  },

  async introspect({ token, parameters }) {
    return { document: await oidc.tokenIntrospection(config, token, parameters) }
  },

  async revoke({ token, parameters }) {
    await oidc.tokenRevocation(config, token, parameters)
    return {}
  },

  async clientCredentials({ parameters }) {
    return { tokens: { ...(await oidc.clientCredentialsGrant(config, parameters)) } }
  },

  async logout({ parameters }) {
    return { url: oidc.buildEndSessionUrl(config, parameters).href }
  },
}

await obey(actions, (error) => ({
  code: error.code,
  error: error.error ?? error.cause?.error,
  status: error.status,
}))

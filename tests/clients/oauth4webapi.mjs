// A relying party built on oauth4webapi: each step by itself, with the strictest checks that the library has.

import * as oauth from 'oauth4webapi'
import { obey } from './lines.mjs'

let server
let registered
let client
let proof
let pending

const insecure = { [oauth.allowInsecureRequests]: true }
const authentication = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  none: () => oauth.None(),
}

async function verified(answer, tokens) {
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  await oauth.validateApplicationLevelSignature(server, answer, insecure)
  return { tokens: { ...tokens }, claims, lasts: tokens.expires_in }
}

const actions = {
  async discover({ issuer, client: given, algorithm = 'oidc' }) {
    registered = given
    const address = new URL(issuer)
    const answer = await oauth.discoveryRequest(address, { algorithm, ...insecure })
    server = await oauth.processDiscoveryResponse(address, answer)
    client = { client_id: given.client_id, id_token_signed_response_alg: given.id_token_signed_response_alg }
    proof = authentication[given.token_endpoint_auth_method](given.client_secret)
    return { issuer: server.issuer, pkce: server.code_challenge_methods_supported.includes('S256') }
  },

  async authorize({ parameters, pkce = true }) {
    pending = { expectedState: oauth.generateRandomState(), expectedNonce: oauth.generateRandomNonce() }
    pending.pkceCodeVerifier = pkce ? oauth.generateRandomCodeVerifier() : oauth.nopkce
    if (parameters.max_age !== undefined) pending.maxAge = Number(parameters.max_age)
    const url = new URL(server.authorization_endpoint)
    const asked = {
      client_id: client.client_id,
      redirect_uri: registered.redirect_uris[0],
      response_type: 'code',
      state: pending.expectedState,
      nonce: pending.expectedNonce,
      ...parameters,
    }
    if (pkce) {
      asked.code_challenge = await oauth.calculatePKCECodeChallenge(pending.pkceCodeVerifier)
      asked.code_challenge_method = 'S256'
    }
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
    return { url: url.href }
  },

  async callback({ location, form, checks }) {
    const expected = { ...pending, ...checks }
    const arrived = form ? new URLSearchParams(form) : new URL(location)
    const given = oauth.validateAuthResponse(server, client, arrived, expected.expectedState)
    const address = registered.redirect_uris[0]
    const answer = await oauth.authorizationCodeGrantRequest(
      server, client, proof, given, address, expected.pkceCodeVerifier, insecure,
    )
    const { expectedNonce, maxAge } = expected
    const options = { expectedNonce, maxAge, requireIdToken: true }
    return verified(answer, await oauth.processAuthorizationCodeResponse(server, client, answer, options))
  },

  async userinfo({ token, subject, method }) {
    const answer = method === 'POST'
      ? await oauth.protectedResourceRequest(token, 'POST', new URL(server.userinfo_endpoint), undefined, null, insecure)
      : await oauth.userInfoRequest(server, client, token, insecure)
    return { claims: await oauth.processUserInfoResponse(server, client, subject, answer) }
  },

  async refresh({ token }) {
    const answer = await oauth.refreshTokenGrantRequest(server, client, proof, token, insecure)
    return verified(answer, await oauth.processRefreshTokenResponse(server, client, answer))
  },

  async introspect({ token }) {
    const answer = await oauth.introspectionRequest(server, client, proof, token, insecure)
    return { document: await oauth.processIntrospectionResponse(server, client, answer) }
  },

  async revoke({ token }) {
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, proof, token, insecure))
    return {}
  },

  async clientCredentials({ parameters }) {
    const answer = await oauth.clientCredentialsGrantRequest(server, client, proof, parameters, insecure)
    return { tokens: { ...(await oauth.processClientCredentialsResponse(server, client, answer)) } }
  },

  // As a resource server: the access token must be a JWT of RFC 9068, meant for `audience`.
  async acceptToken({ token, audience }) {
    const request = new Request('https://records.example/', { headers: { authorization: `Bearer ${token}` } })
    return { claims: await oauth.validateJwtAccessToken(server, request, audience, insecure) }
  },

  async logout({ parameters }) {
    const url = new URL(server.end_session_endpoint)
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return { url: url.href }
  },
}

await obey(actions, (error) => ({
  code: error.code,
  error: error.error ?? error.cause?.[0]?.parameters?.error,
  status: error.status,
}))

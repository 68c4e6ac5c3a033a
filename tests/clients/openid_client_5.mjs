// A relying party built on openid-client 5, which many services still run: another code base than version 6.

import { Issuer, custom, generators } from 'openid-client-5'
import { obey } from './lines.mjs'

let issuer
let party
let registered
let pending

custom.setHttpOptionsDefaults({ timeout: 20_000 })

const actions = {
  async discover({ issuer: address, client }) {
    registered = client
    issuer = await Issuer.discover(address)
    party = new issuer.Client({
      client_id: client.client_id,
      client_secret: client.client_secret,
      redirect_uris: client.redirect_uris,
      response_types: client.response_types,
      token_endpoint_auth_method: client.token_endpoint_auth_method,
      id_token_signed_response_alg: client.id_token_signed_response_alg,
    })
    return { issuer: issuer.metadata.issuer, pkce: issuer.code_challenge_methods_supported.includes('S256') }
  },

  async authorize({ parameters, pkce = true }) {
    pending = { state: generators.state(), nonce: generators.nonce(), response_type: 'code' }
    if (parameters.max_age !== undefined) pending.max_age = Number(parameters.max_age)
    const challenge = {}
    if (pkce) {
      pending.code_verifier = generators.codeVerifier()
      challenge.code_challenge = generators.codeChallenge(pending.code_verifier)
      challenge.code_challenge_method = 'S256'
    }
    return { url: party.authorizationUrl({ state: pending.state, nonce: pending.nonce, ...challenge, ...parameters }) }
  },

  async callback({ location, form, checks }) {
    const arrived = form
      ? { method: 'POST', url: location, body: new URLSearchParams(form).toString() }
      : { method: 'GET', url: location }
    const given = party.callbackParams(arrived)
    const tokens = await party.callback(registered.redirect_uris[0], given, { ...pending, ...checks })
    return { tokens: { ...tokens }, claims: tokens.claims(), lasts: tokens.expires_in }
  },

  async userinfo({ token, subject, method }) {
    const claims = await party.userinfo(token, { method: method ?? 'GET', via: method === 'POST' ? 'body' : 'header' })
    if (claims.sub !== subject) throw new Error('another subject')
    return { claims }
  },

  async refresh({ token }) {
    const tokens = await party.refresh(token)
    return { tokens: { ...tokens }, claims: tokens.claims() }
  },

  async introspect({ token }) {
    return { document: await party.introspect(token) }
  },

  async revoke({ token }) {
    await party.revoke(token)
    return {}
  },

  async clientCredentials({ parameters }) {
    return { tokens: { ...(await party.grant({ grant_type: 'client_credentials', ...parameters })) } }
  },

  async logout({ parameters }) {
    return { url: party.endSessionUrl(parameters) }
  },
}

await obey(actions, (error) => ({
  code: error.name,
  error: error.error,
  status: error.response?.statusCode,
}))

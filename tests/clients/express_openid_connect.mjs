// A web application that leaves everything to express-openid-connect: its own sign-in, callback, refresh, logout.

import express from 'express'
import openid from 'express-openid-connect'
import { obey } from './lines.mjs'

const actions = {
  async serve({ port, address, issuer, client, parameters }) {
    const app = express()
    app.use(
      openid.auth({
        issuerBaseURL: issuer,
        baseURL: address,
        clientID: client.client_id,
        clientSecret: client.client_secret,
        clientAuthMethod: client.token_endpoint_auth_method,
        idTokenSigningAlg: client.id_token_signed_response_alg,
        secret: 'a secret that only signs the cookies of this test',
        authRequired: false,
        idpLogout: true,
        routes: { postLogoutRedirect: '/signed-out' },
        authorizationParams: { response_type: 'code', ...parameters },
      }),
    )
    app.get('/silent', (request, response) =>
      response.oidc.login({ returnTo: '/me', authorizationParams: { prompt: 'none' } }),
    )
    app.get('/me', openid.requiresAuth(), async (request, response) => {
      response.json({ claims: request.oidc.idTokenClaims, shared: await request.oidc.fetchUserInfo() })
    })
    app.get('/refresh', openid.requiresAuth(), async (request, response) => {
      const before = request.oidc.accessToken
      const after = await before.refresh()
      const shared = await request.oidc.fetchUserInfo()
      response.json({ changed: before.access_token !== after.access_token, type: after.token_type, shared })
    })
    app.get('/signed-out', (request, response) => response.json({ out: !request.oidc.isAuthenticated() }))
    app.get('/', (request, response) => response.json({ known: request.oidc.isAuthenticated() }))
    app.use((error, request, response, next) => {
      response.status(error.status ?? 500).json({ error: error.error, message: error.message })
    })
    await new Promise((resolve) => app.listen(port, '127.0.0.1', resolve))
    return { serving: port }
  },
}

await obey(actions, (error) => ({ code: error.name }))
process.exit()

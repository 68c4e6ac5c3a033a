// A web application that signs people in with passport and passport-openidconnect. That library knows neither
// discovery nor PKCE, and trusts the transport for the ID token's signature: the endpoints are its settings.

import express from 'express'
import session from 'express-session'
import passport from 'passport'
import OpenIDConnectStrategy from 'passport-openidconnect'
import { obey } from './lines.mjs'

const actions = {
  async serve({ port, address, discovery, client, options }) {
    const app = express()
    app.use(session({ secret: 'a secret of this test', resave: false, saveUninitialized: true }))
    app.use(passport.initialize())
    app.use(passport.session())
    passport.serializeUser((user, done) => done(null, user))
    passport.deserializeUser((user, done) => done(null, user))
    const settings = {
      issuer: discovery.issuer,
      authorizationURL: discovery.authorization_endpoint,
      tokenURL: discovery.token_endpoint,
      userInfoURL: discovery.userinfo_endpoint,
      clientID: client.client_id,
      clientSecret: client.client_secret,
      callbackURL: `${address}/callback`,
      nonce: true,
      ...options,
    }
    passport.use(
      new OpenIDConnectStrategy(settings, (issuer, shared, claims, context, idToken, token, refresh, params, done) =>
        done(null, { issuer, shared: shared._json, claims, idToken, token, refresh, type: params.token_type })),
    )
    app.get('/login', passport.authenticate('openidconnect', { failWithError: true }))
    app.get('/silent', passport.authenticate('openidconnect', { prompt: 'none', failWithError: true }))
    app.get('/callback', passport.authenticate('openidconnect', { failWithError: true }), (request, response) =>
      response.redirect('/me'))
    app.get('/me', (request, response) => response.json(request.user ?? null))
    app.use((error, request, response, next) => {
      response.status(error.status ?? 500).json({ error: error.code, message: error.message })
    })
    await new Promise((resolve) => app.listen(port, '127.0.0.1', resolve))
    return { serving: port }
  },
}

await obey(actions, (error) => ({ code: error.name }))
process.exit()

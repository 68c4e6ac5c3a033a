"""Tokens and the grants behind them: minting, reading, spending, rotating, inspecting, revoking.

Public names stand in the modules: `access_token`, `id_token`, `refresh_token`, `grant`, `redemption`, `rotation`,
`inspection`, `revocation`.
"""

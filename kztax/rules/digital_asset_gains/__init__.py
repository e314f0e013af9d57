"""Gains on digital assets: a ledger of trades, lot by lot."""

"""From files of trades to the gains of a year: `kztax gains`."""

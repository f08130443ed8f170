"""plan: how much, for which territory, and what will it do."""

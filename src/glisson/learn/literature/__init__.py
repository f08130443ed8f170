"""The literature: published arms as cited data, meta-analysis, curves read from figures."""

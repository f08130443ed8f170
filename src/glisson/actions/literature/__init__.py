"""What is published: figures, meta-analysis, curves read from figures."""

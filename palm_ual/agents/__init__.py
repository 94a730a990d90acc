"""What an agent is, for those who write one. See `palm_ual.agents.contract`.

Built-in types use nothing that a type of your own could not. This layer knows nothing of engines.
"""

"""Who may see what: one set of Rego rules, asked through one interface (``ndsc.policy.decider``)."""

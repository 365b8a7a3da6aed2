"""PostgreSQL, the only dialect: engines, migrations, and tables made from models."""

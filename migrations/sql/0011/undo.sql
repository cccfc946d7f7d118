DROP TABLE idempotency_keys, api_tokens;

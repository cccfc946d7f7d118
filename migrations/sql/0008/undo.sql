DROP FUNCTION delete_account, account_holdings, may_delete_account;
DROP TABLE abandoned_objects;
DROP TRIGGER last_admin_changed ON users;
DROP TRIGGER last_admin_deleted ON users;
DROP FUNCTION keep_an_admin;
DROP INDEX uq_account_tokens_id, idx_users_latest;
ALTER TABLE account_tokens DROP COLUMN id;
ALTER TABLE users DROP COLUMN suspended_for;

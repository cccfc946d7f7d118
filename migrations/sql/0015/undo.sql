DROP TRIGGER forget_keeps ON media_assets;
DROP TRIGGER forget_all_keeps ON media_assets;
DROP TABLE media_keeps;
DROP FUNCTION abandon_keep();
DROP FUNCTION forget_keeps();

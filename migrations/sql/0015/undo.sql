DROP TABLE media_keeps;
DROP FUNCTION abandon_keep();

DROP TABLE archives;
DROP FUNCTION abandon_archive();

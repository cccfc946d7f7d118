DROP TABLE podcast_feeds;

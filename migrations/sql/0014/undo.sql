DROP TABLE briefings;
DROP TABLE briefing_plans;

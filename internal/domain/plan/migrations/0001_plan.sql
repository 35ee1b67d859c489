-- A plan and its nodes as they are now, and every state that they were in. What
-- belongs to a node (lines, actors, contributions, steps) is kept with it in its
-- body: a version of a node is one row. revision counts the changes of a plan:
-- the nodes of a revision or later are what a copy in memory lacks.
CREATE TABLE plan_plan (
	key TEXT NOT NULL PRIMARY KEY,
	revision BIGINT NOT NULL,
	body TEXT NOT NULL
);

CREATE TABLE plan_node (
	plan TEXT NOT NULL REFERENCES plan_plan (key) DEFERRABLE INITIALLY DEFERRED,
	code TEXT NOT NULL,
	revision BIGINT NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (plan, code)
);
CREATE INDEX plan_node_revision ON plan_node (plan, revision);

-- code is '' for the plan itself.
CREATE TABLE plan_version (
	plan TEXT NOT NULL,
	code TEXT NOT NULL,
	version BIGINT NOT NULL,
	since TIMESTAMPTZ NOT NULL,
	actor TEXT NOT NULL,
	cause TEXT NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (plan, code, version)
);
CREATE INDEX plan_version_since ON plan_version (plan, code, since, version);

-- Projects. A territory and communes are area ids; a mission is named by its code.
CREATE TABLE project (
	ref TEXT NOT NULL PRIMARY KEY,
	cycle TEXT NOT NULL,
	territory BIGINT,
	title_fr TEXT NOT NULL,
	title_nl TEXT NOT NULL,
	title_en TEXT NOT NULL,
	carrier TEXT NOT NULL,
	amount BIGINT,
	completeness TEXT NOT NULL,
	state TEXT NOT NULL,
	mission TEXT NOT NULL,
	valid_from DATE,
	valid_to DATE,
	source TEXT NOT NULL,
	version BIGINT NOT NULL,
	fold TEXT NOT NULL,
	sort_key TEXT NOT NULL
);

CREATE TABLE project_commune (
	project TEXT NOT NULL REFERENCES project (ref) DEFERRABLE INITIALLY DEFERRED,
	area BIGINT NOT NULL,
	PRIMARY KEY (project, area)
);
CREATE INDEX project_commune_area ON project_commune (area);

// Package statement is what the house says about itself: how accessible it is,
// what it keeps about people, what can be taken away as data, and whom to tell
// of a weakness.
//
// Nothing here is typed twice. The accessibility statement comes from
// results.toml, the register of processing from the declarations of the rooms,
// the list of open data and the OpenAPI document from the registry of routes.
//
// Words: statement (déclaration, verklaring), register of processing activities
// (registre des activités de traitement, register van verwerkingsactiviteiten).
//
// Law: Directive (EU) 2016/2102, Walloon decree of 2 May 2019 (article 2 names
// the provinces), Implementing Decision (EU) 2018/1523 for the model of the
// statement; Regulation (EU) 2016/679, article 30; RFC 9116 for security.txt.
package statement

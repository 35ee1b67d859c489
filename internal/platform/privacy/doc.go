// Package privacy is where each room says what it keeps about people. A room
// declares every column of its tables in a file privacy.go:
//
//	func Privacy() []privacy.Table {
//		return []privacy.Table{
//			privacy.New("account", "id", "active").
//				Personal(accounts, "identity", "username", "name"),
//			privacy.New("account_role", "id", "title"),
//		}
//	}
//
// A test holds the declarations against the live schema, so that no column
// comes without somebody having said whether it speaks of a person. From the
// declarations comes the register of processing activities of article 30 of
// Regulation (EU) 2016/679 (GDPR).
//
// Purposes, bases and the rest are words, not sentences: the page that shows
// them finds the sentence of "accounts" under privacy.purpose.accounts.
package privacy

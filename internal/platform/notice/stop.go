package notice

import (
	"slices"
	"strings"

	"beffroi/internal/platform/db"
)

// topicOf begins the topics of letters about notices: a kind, or a frequency for
// a digest.
const topicOf = "notice:"

// Stop turns an unsubscription into choices: of one kind, or of every kind that
// comes in the digest. false says that the topic is not of this room.
func (s *Service) Stop(tx *db.Tx, account int64, topic string) (bool, error) {
	what, ours := strings.CutPrefix(topic, topicOf)
	if !ours {
		return false, nil
	}
	list, err := s.choices(tx, account)
	if err != nil {
		return false, err
	}
	digest := slices.Contains(Frequencies(), Frequency(what))
	for _, c := range list {
		if digest && string(c.Frequency) != what || !digest && c.Kind != what {
			continue
		}
		if err := choose(tx, account, Choice{c.Kind, Never}); err != nil {
			return false, err
		}
	}
	return true, nil
}

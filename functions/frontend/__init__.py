"""All pages, for voters and organisers; owns nothing and decides nothing."""

// The same cast in Go, with net/http and pgx: the same pass verified, the same checks, the same seal, the same SQL.
//
// POST /boxes/{box}/papers · GET /health. Built by `uvote bench cast` alone; no part of UVote. Settings as `ballot` has
// them (UVOTE_DATABASE_URL, UVOTE_POOL_SIZE, UVOTE_JWKS), the port is the only word of the command.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/nacl/box"
)

const bodyLimit = 64 * 1024

type key struct {
	function string
	public   ed25519.PublicKey
}

type contest struct {
	ID      string `json:"id"`
	Method  string `json:"method"`
	Options []struct {
		ID string `json:"id"`
	} `json:"options"`
	MinMarks     int  `json:"min_marks"`
	MaxMarks     *int `json:"max_marks"`
	BlankAllowed bool `json:"blank_allowed"`
	most         int
	place        map[string]int
}

type definition struct {
	Contests []*contest `json:"contests"`
	Styles   []struct {
		ID       string   `json:"id"`
		Contests []string `json:"contests"`
	} `json:"styles"`
	Box struct {
		PublicKey string `json:"public_key"`
	} `json:"box"`
}

// opened is a box's definition, ready for papers; it never changes.
type opened struct {
	styles map[string][]*contest
	digest string
	block  int
	public [32]byte
}

type pass struct {
	Box   string   `json:"box"`
	ID    string   `json:"jti"`
	Style string   `json:"style"`
	Iss   string   `json:"iss"`
	Aud   []string `json:"aud"`
	Exp   int64    `json:"exp"`
	Iat   *int64   `json:"iat"`
}

type paper struct {
	Nonce      string              `json:"nonce"`
	Definition string              `json:"definition"`
	Marks      map[string][]string `json:"marks"`
}

type server struct {
	pool  *pgxpool.Pool
	keys  map[string]key
	boxes sync.Map
}

var refused = errors.New("refused")

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("UVOTE_DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	size, err := strconv.Atoi(os.Getenv("UVOTE_POOL_SIZE"))
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = int32(size)
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	s := &server{pool: pool, keys: publicKeys(os.Getenv("UVOTE_JWKS"))}
	http.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "status", "healthy") })
	http.HandleFunc("POST /boxes/{box}/papers", s.cast)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}

func publicKeys(path string) map[string]key {
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var jwks struct {
		Keys []struct{ Kid, Function, X string }
	}
	if err := json.Unmarshal(text, &jwks); err != nil {
		log.Fatal(err)
	}
	keys := map[string]key{}
	for _, one := range jwks.Keys {
		public, err := base64.RawURLEncoding.DecodeString(one.X)
		if err != nil || len(public) != ed25519.PublicKeySize {
			log.Fatal("not a public key: ", one.Kid)
		}
		keys[one.Kid] = key{one.Function, public}
	}
	return keys
}

func answer(w http.ResponseWriter, status int, name, value string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{name: value})
}

func (s *server) cast(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("box")
	bearer, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		answer(w, 401, "code", "unauthenticated")
		return
	}
	holder, err := s.verified(bearer)
	if err != nil {
		answer(w, 401, "code", "bad_token")
		return
	}
	passID, err := hex.DecodeString(holder.ID)
	if err != nil || holder.Box != id {
		answer(w, 403, "code", "wrong_election")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		answer(w, 413, "code", "too_large")
		return
	}
	var said paper
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&said)
	nonce, malformed := hex.DecodeString(said.Nonce)
	if err != nil || malformed != nil || len(nonce) != 16 || len(said.Marks) > 50 {
		answer(w, 422, "code", "invalid")
		return
	}
	this, err := s.opened(r.Context(), id)
	if err != nil {
		answer(w, 404, "code", "no_such_box")
		return
	}
	contests, known := this.styles[holder.Style]
	if !known || said.Definition != this.digest {
		answer(w, 409, "code", "other_definition")
		return
	}
	marks, fits := fitting(contests, said.Marks)
	if !fits {
		answer(w, 422, "code", "paper_does_not_fit")
		return
	}
	sealed, err := this.seal(id, holder.Style, marks)
	if err != nil {
		answer(w, 500, "code", "unexpected")
		return
	}
	receipt := receipt(id, passID, nonce)
	var verdict string
	var stored *string
	err = s.pool.QueryRow(r.Context(), "select verdict, receipt from cast_paper($1, $2, $3, $4)",
		id, passID, receipt, sealed).Scan(&verdict, &stored)
	switch {
	case err != nil:
		answer(w, 503, "code", "database_down")
	case verdict != "cast":
		answer(w, 409, "code", verdict)
	default:
		answer(w, 201, "receipt", receipt)
	}
}

// verified is the pass of a compact JWS, signed with Ed25519 by `voter` for `ballot`.
func (s *server) verified(token string) (pass, error) {
	var claims pass
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims, refused
	}
	var header struct{ Alg, Kid, Typ string }
	if text, err := base64.RawURLEncoding.DecodeString(parts[0]); err != nil || json.Unmarshal(text, &header) != nil {
		return claims, refused
	}
	signed, known := s.keys[header.Kid]
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !known || signed.function != "voter" || header.Alg != "EdDSA" || header.Typ != "pass+jwt" ||
		!ed25519.Verify(signed.public, []byte(parts[0]+"."+parts[1]), signature) {
		return claims, refused
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return claims, refused
	}
	if claims.Iss != "voter" || !slices.Contains(claims.Aud, "ballot") || claims.Iat == nil ||
		claims.Exp <= time.Now().Unix() {
		return claims, refused
	}
	return claims, nil
}

func (s *server) opened(ctx context.Context, id string) (*opened, error) {
	if kept, found := s.boxes.Load(id); found {
		return kept.(*opened), nil
	}
	var text []byte
	made := &opened{styles: map[string][]*contest{}}
	err := s.pool.QueryRow(ctx, "select definition, digest, block from boxes where election = $1", id).
		Scan(&text, &made.digest, &made.block)
	if err != nil {
		return nil, err
	}
	var said definition
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, err
	}
	public, err := hex.DecodeString(said.Box.PublicKey)
	if err != nil {
		return nil, err
	}
	copy(made.public[:], public)
	named := map[string]*contest{}
	for _, one := range said.Contests {
		one.most, one.place = len(one.Options), map[string]int{}
		if one.MaxMarks != nil {
			one.most = *one.MaxMarks
		}
		if one.Method == "plurality" {
			one.most = 1
		}
		for at, option := range one.Options {
			one.place[option.ID] = at
		}
		named[one.ID] = one
	}
	for _, style := range said.Styles {
		for _, name := range style.Contests {
			made.styles[style.ID] = append(made.styles[style.ID], named[name])
		}
	}
	s.boxes.Store(id, made)
	return made, nil
}

// fitting is a paper's marks in each contest, and whether they fit.
func fitting(contests []*contest, said map[string][]string) (map[string][]string, bool) {
	marks, known := map[string][]string{}, 0
	for _, one := range contests {
		chosen, given := said[one.ID]
		if given {
			known++
		}
		if len(chosen) > one.most || (len(chosen) == 0 && !one.BlankAllowed) ||
			(len(chosen) > 0 && len(chosen) < one.MinMarks) {
			return nil, false
		}
		seen := map[string]bool{}
		for _, option := range chosen {
			if _, there := one.place[option]; !there || seen[option] {
				return nil, false
			}
			seen[option] = true
		}
		if chosen == nil {
			chosen = []string{}
		}
		marks[one.ID] = chosen
	}
	return marks, known == len(said)
}

// seal pads the canonical text (ISO/IEC 7816-4, as libsodium does) and seals it anonymously.
func (o *opened) seal(id, style string, marks map[string][]string) ([]byte, error) {
	text, err := json.Marshal(map[string]any{"box": id, "definition": o.digest, "marks": marks, "style": style})
	if err != nil {
		return nil, err
	}
	padded := make([]byte, (len(text)/o.block+1)*o.block)
	padded[copy(padded, text)] = 0x80
	return box.SealAnonymous(nil, padded, &o.public, rand.Reader)
}

func receipt(id string, passID, nonce []byte) string {
	uuid, _ := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	hash := sha256.New()
	for _, part := range [][]byte{[]byte("uvote receipt"), uuid, passID, nonce} {
		binary.Write(hash, binary.BigEndian, uint64(len(part)))
		hash.Write(part)
	}
	return base32.StdEncoding.EncodeToString(hash.Sum(nil)[:10])
}

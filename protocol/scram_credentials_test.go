package protocol

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScramMechanismNames(t *testing.T) {
	require.Equal(t, "SCRAM-SHA-256", SCRAM_MECHANISM_SHA_256.String())
	require.Equal(t, "SCRAM-SHA-512", SCRAM_MECHANISM_SHA_512.String())
	for _, m := range []ScramMechanismType{SCRAM_MECHANISM_UNKNOWN, SCRAM_MECHANISM_SHA_512 + 1, -1} {
		require.Equal(t, "Unknown", m.String())
	}
}

// The first is RFC 7677's example; the others are PBKDF2 as published for these hashes.
func TestSaltedPassword(t *testing.T) {
	const one = "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b"
	for _, v := range []struct {
		mechanism  ScramMechanismType
		password   string
		salt       string
		iterations int32
		salted     string
	}{
		{
			SCRAM_MECHANISM_SHA_256, "pencil", "5b6d99689d12358eeca04b141236fa81", 4096,
			"c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d",
		},
		{SCRAM_MECHANISM_SHA_256, "password", "73616c74", 1, one},
		{SCRAM_MECHANISM_SHA_256, "password", "73616c74", 0, one},
		{
			SCRAM_MECHANISM_SHA_256, "password", "73616c74", 4096,
			"c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a",
		},
		{
			SCRAM_MECHANISM_SHA_512, "password", "73616c74", 1,
			"867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252" +
				"c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce",
		},
	} {
		salt, err := hex.DecodeString(v.salt)
		require.NoError(t, err)
		got, err := saltedPassword(v.mechanism, []byte(v.password), salt, v.iterations)
		require.NoError(t, err)
		require.Equal(t, v.salted, hex.EncodeToString(got))
	}
}

func TestScramCredentialsAreWrittenSalted(t *testing.T) {
	salt := []byte("salt")
	in := &AlterUserScramCredentialsRequest{Upsertions: []AlterUserScramCredentialsUpsert{{
		Name: "u", Mechanism: SCRAM_MECHANISM_SHA_256, Iterations: 4096, Salt: salt, Password: []byte("password"),
		SaltedPassword: []byte("of an older password"),
	}}}
	b := bodyOf(t, in)
	require.NotContains(t, string(b), "password")
	got := new(AlterUserScramCredentialsRequest)
	require.NoError(t, Unmarshal(b, got))
	require.Equal(t, []AlterUserScramCredentialsDelete{}, got.Deletions)
	read := got.Upsertions[0]
	want, err := saltedPassword(SCRAM_MECHANISM_SHA_256, []byte("password"), salt, 4096)
	require.NoError(t, err)
	require.Equal(t, want, read.SaltedPassword)
	require.Equal(t, salt, read.Salt)
	require.Nil(t, read.Password)
	require.Equal(t, b, bodyOf(t, got), "what was read is written as it was")

	in.Upsertions[0].Password, in.Upsertions[0].SaltedPassword = nil, nil
	require.NoError(t, Unmarshal(bodyOf(t, in), got))
	empty, err := saltedPassword(SCRAM_MECHANISM_SHA_256, nil, salt, 4096)
	require.NoError(t, err)
	require.Equal(t, empty, got.Upsertions[0].SaltedPassword, "no password is the empty one")
}

func TestScramCredentialOfAnUnknownMechanismIsNotWritten(t *testing.T) {
	for _, m := range []ScramMechanismType{SCRAM_MECHANISM_UNKNOWN, SCRAM_MECHANISM_SHA_512 + 1} {
		_, err := Marshal(&AlterUserScramCredentialsRequest{
			Upsertions: []AlterUserScramCredentialsUpsert{{Name: "u", Mechanism: m, Password: []byte("secret")}},
		})
		require.ErrorIs(t, err, ErrUnknownScramMechanism)
		require.ErrorContains(t, err, "AlterUserScramCredentials")
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestScramResultsReadAsNilWithoutAny(t *testing.T) {
	described := new(DescribeUserScramCredentialsResponse)
	require.NoError(t, Unmarshal(bodyOf(t, described), described))
	require.Nil(t, described.Results)
	altered := new(AlterUserScramCredentialsResponse)
	require.NoError(t, Unmarshal(bodyOf(t, altered), altered))
	require.Nil(t, altered.Results)
	require.NoError(t, Unmarshal(bodyOf(t, &DescribeUserScramCredentialsResponse{
		Results: []*DescribeUserScramCredentialsResult{{User: "u"}},
	}), described))
	require.Equal(t, []*UserScramCredentialsResponseInfo{}, described.Results[0].CredentialInfos)
	asked := new(DescribeUserScramCredentialsRequest)
	require.NoError(t, Unmarshal([]byte{0, 0}, asked), "null asks for all users")
	require.Equal(t, []DescribeUserScramCredentialsRequestUser{}, asked.DescribeUsers)
}

<?php

// An adapter between the conformance suite and a Synq client library in PHP. It works as it stands, with a client of its
// own on PHP's streams: put your library in the place of `make`, and say in `kindOf` what its errors are.

declare(strict_types=1);

final class SignInFailed extends RuntimeException
{
}

final class NoAnswer extends RuntimeException
{
}

// ---------------------------------------------------------------- what your library does instead

final class SynqClient
{
    private const LEAD_S = 60.0;

    private ?string $token = null;
    private float $until = 0.0;

    public function __construct(private readonly array $settings)
    {
    }

    /** The status and the text; the query is spelled already. */
    public function request(string $method, string $path, string $query, array $headers, ?string $body): array
    {
        $target = $path . ($query === '' ? '' : (str_contains($path, '?') ? '&' : '?') . $query);
        $token = $this->current();
        $answer = $this->send($method, $target, $headers, $body, $token);

        return $answer[0] === 401 ? $this->send($method, $target, $headers, $body, $this->current($token)) : $answer;
    }

    private function send(string $method, string $target, array $headers, ?string $body, string $token): array
    {
        $scope = ['X-Tenant-ID' => $this->settings['tenant_id'], 'X-Org-ID' => $this->settings['org_id']];

        return $this->asked($method, $target, ['Authorization' => "Bearer $token"] + $scope + $headers, $body, 5);
    }

    /** A token that is good for a while yet and is not the refused one. */
    private function current(?string $refused = null): string
    {
        if ($this->token === null || $this->token === $refused || microtime(true) >= $this->until) {
            $this->signIn();
        }

        return $this->token;
    }

    private function signIn(): void
    {
        $askedAt = microtime(true);
        $this->token = null;
        $credentials = json_encode(array_intersect_key($this->settings, ['email' => true, 'password' => true]));
        $headers = ['Content-Type' => 'application/json'];
        try {
            [$status, $text] = $this->asked('POST', $this->settings['sign_in_path'], $headers, $credentials, 3);
        } catch (NoAnswer) {
            throw new SignInFailed('signing in brought no answer');
        }
        $answer = json_decode($text, true);
        $token = is_array($answer) ? $answer['token'] ?? null : null;
        if ($status !== 200 || !is_string($token) || $token === '') {
            throw new SignInFailed("signing in was answered $status");
        }
        $life = (float) ($answer['expires_in'] ?? 3600);
        $this->token = $token;
        $this->until = $askedAt + $life - min(self::LEAD_S, $life / 10);
    }

    private function asked(string $method, string $target, array $headers, ?string $body, int $seconds): array
    {
        $fields = array_map(static fn ($name, $value) => "$name: $value", array_keys($headers), $headers);
        $options = [
            'method' => $method,
            'header' => [...$fields, 'Connection: close'],
            'protocol_version' => 1.1,
            'ignore_errors' => true, // an answer is an answer, whatever its status
            'follow_location' => 0, // the caller sees a redirect; no other origin sees the token
            'timeout' => $seconds,
        ] + ($body === null ? [] : ['content' => $body]);
        $text = @file_get_contents($this->settings['base_url'] . $target, false, stream_context_create(['http' => $options]));
        if ($text === false) {
            throw new NoAnswer('no answer');
        }

        return [(int) explode(' ', $http_response_header[0])[1], $text];
    }
}

return new class () {
    public string $name = 'my client';
    public string $version = '0';

    /** Makes what your library's user would call. */
    public function make(array $settings): SynqClient
    {
        return new SynqClient($settings);
    }

    /** "auth" if no token could be had, "permission" if the account may not, "transport" if the network failed, or "other". */
    public function kindOf(Throwable $error): string
    {
        return match (true) {
            $error instanceof SignInFailed => 'auth',
            $error instanceof NoAnswer => 'transport',
            default => 'other',
        };
    }
};

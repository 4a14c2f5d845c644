# frozen_string_literal: true

# An adapter between the conformance suite and a Synq client library in Ruby. It works as it stands, with a client of its
# own on Net::HTTP: put your library in the place of `make`, and say in `kind_of` what its errors are.

require "json"
require "net/http"

NAME = "my client"
VERSION = "0"

# Makes what your library's user would call: request(method, path, query, headers, body) gives the status and the text.
def make(settings)
  SynqClient.new(settings)
end

# "auth" if no token could be had, "permission" if the account may not, "transport" if the network failed, or "other".
def kind_of(error)
  case error
  when SignInFailed then "auth"
  when IOError, SystemCallError, Timeout::Error, Net::ProtocolError then "transport"
  else "other"
  end
end

# ---------------------------------------------------------------- what your library does instead

class SignInFailed < StandardError; end

class SynqClient
  LEAD_S = 60.0

  def initialize(settings)
    @settings = settings
    @scope = { "X-Tenant-ID" => settings[:tenant_id], "X-Org-ID" => settings[:org_id] }
    @lock = Mutex.new
    @until = 0.0
  end

  # Net::HTTP follows no redirect: the caller sees it, and no other origin sees the token.
  def request(method, path, query, headers, body)
    target = query.empty? ? path : "#{path}#{path.include?('?') ? '&' : '?'}#{URI.encode_www_form(query)}"
    token = current
    response = send_with(method, target, headers, body, token)
    response = send_with(method, target, headers, body, current(token)) if response.code == "401"
    [response.code.to_i, response.body]
  end

  private

  def send_with(method, target, headers, body, token)
    fields = { **headers, **@scope, "Authorization" => "Bearer #{token}" }
    request = Net::HTTPGenericRequest.new(method, !body.nil?, method != "HEAD", target, fields)
    request.body = body
    asked(request, 5)
  end

  # A token that is good for a while yet and is not the refused one; all who wait share one sign-in.
  def current(refused = nil)
    @lock.synchronize do
      sign_in if @token.nil? || @token == refused || Time.now.to_f >= @until
      @token
    end
  end

  def sign_in
    asked_at = Time.now.to_f
    request = Net::HTTP::Post.new(@settings[:sign_in_path], "Content-Type" => "application/json")
    request.body = JSON.generate(@settings.slice(:email, :password))
    response = asked(request, 3)
    answer = JSON.parse(response.body)
    token, life = answer.values_at("token", "expires_in") if answer.is_a?(Hash)
    unless response.code == "200" && token.is_a?(String) && !token.empty?
      raise SignInFailed, "signing in was answered #{response.code}"
    end

    life ||= 3600
    @token, @until = token, asked_at + life - [LEAD_S, life / 10.0].min
  rescue JSON::ParserError, IOError, SystemCallError, Timeout::Error, Net::ProtocolError
    raise SignInFailed, "signing in brought no answer that can be read"
  end

  def asked(request, seconds)
    url = URI(@settings[:base_url])
    options = { use_ssl: url.scheme == "https", open_timeout: seconds, read_timeout: seconds, max_retries: 0 }
    Net::HTTP.start(url.host, url.port, nil, **options) { |http| http.request(request) }
  end
end

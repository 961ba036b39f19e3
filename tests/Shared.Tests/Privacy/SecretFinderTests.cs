using Pipeline.Privacy;

namespace Pipeline.Shared.Tests.Privacy;

public sealed class SecretFinderTests
{
    private const string Pem = "MIIEpAIBAAKCAQEA7bq1vW9yQwL3b2x8s5T0e4rYz6";

    [Fact]
    public void Addresses_keys_and_canaries_are_found_with_what_stands_before_them()
    {
        var canary = new Canary("heron", "123456789");
        var places = SecretFinder.Find(
            ["Write to ann.miller@harbour-mail.org.", $"Look:\n-----BEGIN RSA PRIVATE KEY-----\n{Pem}", "Nothing here, and someone@example.com is nobody."], [canary], new HashSet<string>()).ToList();

        Assert.Equal(
            [(SecretKind.Email, "Write to "), (SecretKind.Key, "Look:\n-----BEGIN RSA PRIVATE KEY-----\n"), (SecretKind.Canary, "The access code of heron is ")],
            places.Select(place => (place.Secret.Kind, place.Before)));
        Assert.Equal(["ann.miller@harbour-mail.org", Pem[..40], "123456789"], places.Select(place => place.Secret.Value));
    }

    [Fact]
    public void What_a_report_says_does_not_give_the_secret_away()
    {
        var places = SecretFinder.Find(["ann.miller@harbour-mail.org AKIAQX7ZP3MW8RTY2LKD"], [new Canary("heron", "123456789")], new HashSet<string>()).ToList();
        Assert.Equal(["a…@h…", "AKIAQX…", "heron"], places.Select(place => place.Secret.Masked));
    }

    [Fact]
    public void An_address_that_anybody_may_know_is_no_secret() => Assert.Empty(
        SecretFinder.Find(["Write to Ann@harbour-mail.org."], [], new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "ann@harbour-mail.org" }));

    [Fact]
    public void Canaries_follow_from_corpus_and_seed_and_differ_from_each_other()
    {
        var canaries = Canary.Plant("0123456789abcdef", 7, 10);
        Assert.Equal(canaries, Canary.Plant("0123456789abcdef", 7, 10));
        Assert.Equal(10, canaries.Concat(Canary.Plant("0123456789abcdef", 8, 10)).Select(canary => canary.Code).Distinct().Count() - 10);
        Assert.All(canaries, canary => Assert.Matches("^[0-9]{9}$", canary.Code));
        Assert.Equal(Canary.Most, canaries.Select(canary => canary.Name).Distinct().Count());
    }
}

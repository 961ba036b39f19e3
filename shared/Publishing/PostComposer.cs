using System.Globalization;
using Pipeline.Posts;

namespace Pipeline.Publishing;

/// <summary>Fits drafts to a blog: safe body and title, the blog's own tags and form, a date in the past, and a name that is free.</summary>
/// <param name="blog">The blog.</param>
/// <param name="clock">Tells what is past.</param>
/// <param name="directory">The folder of posts; null takes the blog's own.</param>
public sealed class PostComposer(BlogProfile blog, TimeProvider clock, string? directory = null)
{
    /// <summary>Makes the post of a day.</summary>
    /// <param name="draft">What the model wrote.</param>
    /// <param name="day">The day in the file's name. The post's own date is never ahead of the clock, since Jekyll would not show it.</param>
    /// <param name="takenSlugs">Slugs that the post must not have, such as those of posts on other branches.</param>
    /// <exception cref="FormatException">Nothing is left of the title or the body.</exception>
    public ComposedPost Compose(PostDraft draft, DateOnly day, IReadOnlySet<string> takenSlugs)
    {
        var title = SafeTitle.Clean(draft.Title);
        var body = SafeBody.Clean(draft.Body, blog.Hosts);
        if (title.Length == 0 || body.Length == 0)
        {
            throw new FormatException($"The draft has no {(title.Length == 0 ? "title" : "text")} once markup and control characters are taken out.");
        }

        var post = new PostFile
        {
            Path = "",
            Title = title,
            Date = DateOf(day),
            Categories = Known(draft.Categories, blog.Categories, blog.Form.Categories),
            Tags = Known(draft.Tags, blog.Tags, blog.Form.Tags),
            Provenance = draft.Provenance,
            Body = body,
        };
        var slug = PostSlug.Of(title);
        for (var number = 1; ; number++)
        {
            var name = number == 1 ? slug : string.Create(CultureInfo.InvariantCulture, $"{slug}-{number}");
            var composed = Named(post, day, name);
            if (!takenSlugs.Contains(name) && !blog.Paths.Contains(composed.File.Path) && (composed.Url is null || !blog.Urls.Contains(composed.Url)))
            {
                return composed;
            }
        }
    }

    private ComposedPost Named(PostFile post, DateOnly day, string slug)
    {
        var form = blog.Form;
        var file = post with
        {
            Path = $"{directory?.Trim('/') ?? form.Folder}/{day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}-{slug}{form.Extension}",
            Permalink = form.Permalink?.Of(slug),
        };
        var text = file.Write(form);
        try
        {
            return new ComposedPost(file, text, PostUrl.For(blog.Config, file.Path, FrontMatter.Parse(text, file.Path)));
        }
        catch (BlogException)
        {
            return new ComposedPost(file, text, null);
        }
    }

    private DateTimeOffset DateOf(DateOnly day)
    {
        var now = clock.GetUtcNow();
        var zone = blog.Config.TimeZone;
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        var wanted = WholeSeconds(TimeZoneInfo.ConvertTime(now.AddMinutes(-1), zone));
        if (day < today)
        {
            return InZone(day.ToDateTime(TimeOnly.FromDateTime(wanted.DateTime)));
        }

        // In the first minute of a day a minute ago is yesterday, which would be another URL.
        var midnight = InZone(today.ToDateTime(TimeOnly.MinValue));
        return wanted < midnight ? midnight : wanted;

        DateTimeOffset InZone(DateTime local) =>
            CivilDate.TryIn(local, zone, out var instant) ? instant : throw new FormatException($"The day {day:O} is beyond the calendar.");
    }

    private static DateTimeOffset WholeSeconds(DateTimeOffset instant) => new(instant.Ticks - (instant.Ticks % TimeSpan.TicksPerSecond), instant.Offset);

    private static List<string> Known(IReadOnlyList<string> words, IReadOnlyList<string> vocabulary, ListForm? form)
    {
        var known = new List<string>();
        foreach (var word in words)
        {
            var match = vocabulary.FirstOrDefault(entry => entry == word) ?? vocabulary.FirstOrDefault(entry => entry.Equals(word.Trim(), StringComparison.OrdinalIgnoreCase));
            if (match is not null && !known.Contains(match))
            {
                known.Add(match);
            }
        }

        return form is null ? [] : form.IsSingular ? known.GetRange(0, Math.Min(1, known.Count)) : known;
    }
}

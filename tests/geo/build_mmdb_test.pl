#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What geo/build-mmdb does with its arguments and with wrong input. The databases that it builds are
# the subject of the other tests here.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin ();
use Test::More;

my $PROGRAM = "$FindBin::RealBin/../../geo/build-mmdb";
my $FOLDER  = tempdir( CLEANUP => 1 );
my $OUTPUT  = "$FOLDER/out.mmdb";

# Returns the exit code and what was printed on both streams.
sub run {
    my (@arguments) = @_;
    my $pid = open my $out, '-|' // die $!;
    if ( !$pid ) {
        open STDERR, '>&', \*STDOUT or die $!;
        exec $^X, $PROGRAM, @arguments or die $!;
    }
    my $text = do { local $/; <$out> };
    close $out;
    return ( $? >> 8, $text // '' );
}

sub file_with {
    my ( $name, $text ) = @_;
    open my $out, '>', "$FOLDER/$name" or die $!;
    print $out $text;
    close $out or die $!;
    return "$FOLDER/$name";
}

sub settings {
    my (%changed) = @_;
    my %setting = ( database_type => 'test', ip_version => 6, record_size => 24, %changed );
    return join '', map {"$_: $setting{$_}\n"} sort keys %setting;
}

sub files_in_folder { return join ' ', sort map {s{.*/}{}r} glob "$FOLDER/{.build*,*.mmdb}" }

subtest 'help and wrong command lines' => sub {
    my ( $code, $text ) = run('--help');
    is $code, 0, 'help succeeds';
    like $text, qr/--fixture SPEC\.csv/, 'help names the options';
    for my $arguments ( [], ['--nonsense'], [ '--output', $OUTPUT, 'stray' ] ) {
        ( $code, $text ) = run(@$arguments);
        is $code, 2, "refused: @$arguments";
        like $text, qr/Usage:/, 'usage is shown';
    }
};

subtest 'wrong tables are refused with file and line' => sub {
    my $columns = "\nnetwork,country.iso_code\n";
    my @cases   = (
        [ settings( ip_version => 5 ) . $columns,                   qr/:2: ip_version cannot be 5/ ],
        [ settings( record_size => 20 ) . $columns,                 qr/:3: record_size cannot be 20/ ],
        [ settings( colour => 'red' ) . $columns,                   qr/:1: unknown setting colour/ ],
        [ "database_type: x\n$columns",                             qr/setting ip_version is missing/ ],
        [ settings() . "\nnetwork,country.capital\n192.0.2.0/24,B", qr/:6: unknown field capital/ ],
        [ settings() . $columns . "192.0.2.0/33,DE\n",              qr/:6: not a network/ ],
        [ settings() . $columns . "192.0.2/24,DE\n",                qr/:6: not a network/ ],
        [ settings() . $columns . "2001:db8::/129,DE\n",            qr/:6: not a network/ ],
        [ settings() . $columns . ",DE\n",                          qr/:6: not a network/ ],
        [ settings() . $columns . "192.0.2.0/24,DE,BY\n",           qr/:6: 3 cells for 2 columns/ ],
        [ settings( ip_version => 4 ) . $columns . "2001:db8::/32,DE\n", qr/:6: .* is IPv6/ ],
        [ settings() . $columns,                                    qr/no rows/ ],
    );
    for my $case (@cases) {
        my ( $table, $expected ) = @$case;
        my ( $code, $text ) = run( '--output', $OUTPUT, '--fixture', file_with( 'bad.csv', $table ) );
        is $code, 1, 'refused';
        like $text, $expected, "says $expected";
        is $text =~ tr/\n//, 1, 'in one line';
    }
    is files_in_folder(), '', 'nothing is left behind';
};

subtest 'the world from small lists' => sub {
    my $geoip  = file_with( 'geoip',  "# comment\n0,9,??\n3221225984,3221226239,DE\n134744064,134744319,UK\n" );
    my $geoip6 = file_with( 'geoip6', "2a00::,2a00:0:ffff:ffff:ffff:ffff:ffff:ffff,FR\n2a01::,2a01::1,ZZ\n" );
    my @lists  = ( '--geoip', $geoip, '--geoip6', $geoip6 );
    my ( $code, $text ) = run( '--output', $OUTPUT, @lists );
    is $code, 0, 'built';
    like $text, qr/^\Q$OUTPUT\E: 3 ranges \(left out, no such country: ZZ 1\), \d+ bytes, [\d.]+ s$/,
        'one line says what';
    my $before = -s $OUTPUT;

    for my $bad ( [ "1,2\n", qr/:1: not "first,last,country"/ ],
        [ "5000000000,5000000001,DE\n", qr/:1: not "first,last/ ],
        [ "1.2.3.4,1.2.3.5,DE\n",       qr/:1: not "first,last/ ],
        [ "20,10,DE\n",                 qr/:1: 20 to 10 is not a range/ ],
        [ "# nothing\n",                qr/no range of a known country/ ] )
    {
        ( $code, $text ) = run( '--output', $OUTPUT, '--geoip', file_with( 'bad', $bad->[0] ), '--geoip6', $geoip6 );
        is $code, 1, 'refused';
        like $text, $bad->[1], "says $bad->[1]";
    }
    ( $code, $text ) = run( '--output', $OUTPUT, '--geoip', "$FOLDER/none" );
    is $code, 1, 'a missing list is an error';
    like $text, qr/none: No such file.*apt-get install tor-geoipdb/, 'with its remedy';

    is -s $OUTPUT, $before, 'the old database is untouched by failures';
    is files_in_folder(), 'out.mmdb', 'no temporary file is left';
    is( ( stat $OUTPUT )[2] & 0777, 0666 & ~umask, 'others may read it as the umask allows' );

    ( $code, $text ) = run( '--output', "$FOLDER/no/such/out.mmdb", @lists );
    is $code, 1, 'a missing folder is an error';
    like $text, qr{cannot write in \Q$FOLDER\E/no/such: No such file}, 'that is named';
};

done_testing;

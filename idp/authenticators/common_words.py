"""Words that people build guessable passwords from, by subject; `password_rules` decorates and joins them."""

from __future__ import annotations

__all__ = ["WORDS"]

_SECRETS = """
pass password passwort passwd passcode passphrase parola senha motdepasse contrasena haslo secret secreto
private letmein openup opensesame welcome login logon signin signon access admin administrator root user
username guest test tester testing temp temporary default changeme change system server computer internet
network security secure master mypass mypassword newpass unknown nothing whatever something anything
noaccess enter entry office manager backup support service student teacher school college university company
business money bank account member public trustno trustme iamnotarobot please forgot remember nopass
password passes userpass qwerty azerty qwertz asdf asdfgh zxcv zxcvbn qazwsx qweasd abcdef abcd abc xyz aaa
zzz hello hallo bonjour salut hola ciao goodbye bye
"""

_LOVE = """
love loves lover lovers loving lovely loveme iloveyou ilove loveyou iloveu youandme forever always together
darling honey sweet sweetie sweetheart sweety baby babyboy babygirl babe cutie cute angel angels angelica
princess prince queen king kings beautiful pretty sexy hottie kisses kiss hugs heart hearts mylove truelove
family mother father mommy mummy mama mami daddy papa papi sister brother friend friends bestfriend
boyfriend girlfriend husband wife marriage wedding children daughter amour cherie jetaime monamour teamo
miamor amor corazon habibi bella hermosa
"""

_FAITH = """
god jesus christ jesuschrist godisgood godislove godbless blessed blessing bless faith believe hope grace
mercy heaven savior saviour lord holy spirit trinity church bible gospel prayer pray praise glory hallelujah
amen allah allahuakbar bismillah alhamdulillah inshallah islam muslim mohammed muhammad mohamed ramadan
mecca quran christian catholic gabriel emmanuel immanuel samuel daniel david moses abraham miracle miracles
destiny victory testimony
"""

_NAMES = """
aaron abdul abdulai abigail adam adrian ahmed aisha alan albert alejandro alex alexander alexandra alexis
alfred ali alice alicia alison allison alpha amanda amara amber amina aminata amy andrea andreas andrew andy
angela angie anita anna annie anthony antonio april arthur ashley aubrey augustus austin ava bangura barbara
benjamin bernard beth betty beverly bill billy bobby brandon brenda brian bridget brittany bruce bryan
caitlin cameron camara carla carlos carmen carol caroline catherine cecilia chantal charles charlie
charlotte chelsea cheryl chloe chris christian christina christine christopher cindy claire claudia colin
conteh connor corey courtney craig crystal cynthia daisy dakota danielle danny darren debbie deborah debra
denise dennis derek diana diane diego dominic donald donna dorothy douglas duncan dylan edward eddie eduardo
elaine eleanor elizabeth ellen ellie emily emma eric erica esther ethan eugene eva evelyn fatima fatmata
fatou felix fernando florence foday francis francisco frank franklin fred freddy frederick gary genesis
geoffrey george gerald gilbert gloria gordon grace graham grant greg gregory hannah hans harold harriet
harry hassan heather hector helen henry howard hunter ian ibrahim irene isaac isabel isabella isata ivan
jack jackie jackson jacob jacqueline jake james jamie jane janet janice jared jasmine jason javier jeff
jeffrey jennifer jenny jeremy jerome jerry jesse jessica jessie jill jimmy joan joanna jocelyn joel john
johnny johnson jonathan jordan jorge jose joseph joshua josephine joyce juan judith judy julia julian
juliana julie juliet justin kabba kadiatu kallon kamara kanu kargbo karen karim karina karl kate katherine
kathleen kathryn katie kayla keith kelly kelsey kenneth kevin kim kimberly koroma kristen kristin kristina
kyle lamin larry laura lauren lawrence leah leonard leslie lewis liam lillian linda lindsay lindsey lisa
logan lorenzo louis louise lucas lucia lucy luis luke lydia lynn madison maggie mansaray marco marcus
margaret maria mariah mariama marie marilyn marina mario marion marissa mark marlene martha martin marvin
mary mason matthew maurice max maxwell megan melanie melissa mercedes meghan michael michaela micheal michel
michele michelle miguel mike mildred miranda miriam mitchell molly monica monique morgan musa nancy naomi
natalia natalie natasha nathalie nathan nathaniel neil nelson nicholas nicola nicole nicolas nigel nikita
noah norman oliver olivia omar oscar osman pamela patrice patricia patrick paul paula pauline pedro peter
philip phillip phyllis preston priscilla rachael rachel ralph ramona randy raymond rebecca regina renee
ricardo richard rita robert roberto robin rodney roger roland roman ronald ronaldo rosemary roxanne russell
ruth ryan sabrina sally salamatu salvador samantha sammy sandra sandy sarah scott sean sebastian serena
sergio sesay shannon shane sharon shaun shawn sheila shelby shelley shirley sidney sierra simon sonia sophia
sophie stacey stacy stanley stella stephanie stephen steve steven stewart stuart sulaiman susan suzanne
sylvia tamara tammy tanya tara taylor teresa terry thelma theodore theresa thomas tiffany timothy tina toby
todd tommy toni tracey tracy travis trevor tristan turay tyler valentina valerie vanessa vernon veronica
vicky victor victoria vincent viola violet virginia vivian walter wanda wayne wendy wesley whitney will
william williams willie winston xavier yolanda yvonne zachary
"""

_CREATURES = """
dragon dragons monkey tiger tigers tigger lion lions eagle eagles falcon falcons hawk hawks bear bears
panther panthers wolf wolves horse horses mustang pony stallion puppy kitty kitten kittens doggie dog dogs
cat cats rabbit bunny turtle dolphin dolphins shark sharks whale spider scorpion cobra viper python snake
buffalo bull bulls bulldog rooster chicken duck ducks penguin pigeon parrot peacock butterfly dragonfly
ladybug beetle hornet hornets bumblebee elephant giraffe zebra gorilla cheetah leopard jaguar cougar bobcat
coyote raven ravens phoenix unicorn griffin pegasus mermaid fairy wizard warrior warriors ninja pirate
pirates vampire zombie demon devil monster godzilla vulture crow canary
"""

_SPORT = """
football footballer soccer baseball basketball volleyball softball hockey tennis golf golfer cricket rugby
boxing boxer wrestling swimming swimmer runner running skater skateboard snowboard surfer surfing fishing
fisherman hunting hunter champion champions winner winning player players goalkeeper striker arsenal chelsea
liverpool manchester united manunited mancity everton tottenham barcelona realmadrid madrid milan juventus
inter rangers celtic ronaldo messi neymar lebron jordan michaeljordan beckham rooney drogba yankees cowboys
steelers packers raiders broncos redsox dodgers giants lakers celtics sox cubs mets bears leonestars leone
"""

_PLACES = """
freetown salone sierraleone makeni kenema kono koidu bonthe kailahun kabala lungi lumley aberdeen africa
african ghana nigeria liberia guinea gambia senegal kenya egypt london england paris france germany berlin
europe america american usa canada mexico brazil brasil argentina china india japan tokyo australia sydney
russia moscow ireland scotland wales newyork boston chicago dallas denver detroit houston miami phoenix
seattle texas florida california carolina georgia virginia montana arizona nevada hollywood vegas orlando
atlanta brooklyn jamaica dakar accra lagos monrovia conakry
"""

_THINGS = """
sunshine sunlight sunset sunrise sunflower summer winter spring autumn january february march april june
july august september october november december monday tuesday wednesday thursday friday saturday sunday
birthday christmas easter holiday vacation weekend morning midnight moon moonlight star stars starlight sky
rainbow rain storm thunder lightning snow snowball snowman snowflake ocean river water fire flame earth
island mountain forest garden flower flowers rose roses jasmine lily orchid daisy diamond diamonds gold
golden silver platinum crystal emerald ruby sapphire pearl black white red blue green yellow orange purple
pink brown grey violet scarlet chocolate cookie cookies cheese cheesecake pepper ginger butter peanut coffee
pizza banana bananas apple apples cherry strawberry blueberry pineapple mango coconut pumpkin potato tomato
noodle noodles chicken burger candy sugar cupcake muffin pancake biscuit whiskey guinness corona guitar
guitars piano music musica melody dancer dancing singer rockstar rocknroll metallica nirvana eminem rihanna
beyonce beatles elvis slipknot hiphop reggae bobmarley marley tupac drummer trumpet ferrari porsche mercedes
corvette camaro mustang toyota honda yamaha suzuki kawasaki nissan subaru audi harley davidson chevy
chevrolet ford bmw truck motorcycle airplane rocket titanic enterprise starwars startrek skywalker
darthvader yoda jedi matrix batman superman spiderman ironman hulk superstar wolverine pokemon pikachu
naruto mario zelda nintendo playstation xbox minecraft fortnite gandalf frodo hobbit merlin gamer gaming
games game player cowboy soldier marine marines navy army airborne sniper ranger rangers hunter killer
shooter assassin gangster gangsta thug rebel outlaw samurai shadow ghost spirit legend hero heroes genius
einstein doctor nurse lawyer captain general president boss chief google facebook twitter youtube instagram
whatsapp microsoft windows apple android iphone samsung nokia blackberry linux oracle cisco yahoo gmail
hotmail amazon netflix bitcoin money dollar dollars million millionaire billionaire cash rich lucky luck
happy happiness smile smiley smiling funny crazy cool freedom peace life live living dream dreams dreamer
magic magical mystery forever infinity paradise eternity universe galaxy planet jupiter saturn mercury venus
apollo zeus athena hercules titan trojan phantom maverick blaze bubbles buster buddy bandit casper dakota
dexter duke ginger gizmo lucky maggie misty molly oreo patches peaches pepper precious princess rocky rusty
sammy scooter scooby shadow simba smokey snoopy snickers sparky spike sugar teddy tinkerbell toby trouble
tweety winnie woody ziggy barbie disney mickey minnie donald goofy pluto nemo shrek elmo spongebob garfield
simpson homer bart kermit popeye cinderella jasmine pocahontas education democracy independence republic
parliament election salvation kingdom empire victory champion captain stupid fuck fucker fucking fuckyou
fuckoff shit bullshit asshole bitch bastard damn hell sex pussy dick cock penis boobs porn horny slut whore
suck sucks hacker hack cracker anonymous computer keyboard monitor printer mouse laptop software one two
three four five six seven eight nine ten first second third zero hundred thousand number numbers letters
alphabet word words boy boys girl girls man woman men women people person human child kids kid dude guy lady
my me you your the and for this that its mine our what who why how not yes no ok big little hot super mega
ultra
"""

WORDS = frozenset(f"{_SECRETS}{_LOVE}{_FAITH}{_NAMES}{_CREATURES}{_SPORT}{_PLACES}{_THINGS}".split())
